"""A server's own AutoMod rules: copied, kept up to date, applied to prompts, told to moderators."""

from typing import Any

import discord

from bot.moderation.automod import refresh
from db import guilds
from tests.bot.moderation.test_guild_policy import mod
from tests.bot.studio import Studio, accepted, text_of

WOLVES: dict[str, Any] = {
    "name": "No wolves",
    "event_type": 1,
    "trigger_type": 1,
    "trigger_metadata": {"keyword_filter": ["wolf*"], "regex_patterns": ["(?i)l[uy]pus", "(?=x)y"]},
    "actions": [{"type": 1, "metadata": {}}],
    "enabled": True,
}


async def make(studio: Studio, **changes: Any) -> str:
    """A new rule in the server, through Discord; its id."""
    path = f"/guilds/{studio.guild.id}/auto-moderation/rules"
    route = discord.http.Route("POST", path)
    rule = await studio.bot.http.request(route, json=WOLVES | changes)
    await studio.env.settle()
    return rule["id"]


async def test_a_new_rule_holds_at_once_and_its_end_too(studio: Studio) -> None:
    assert not (await studio.imagine("a wolfhound")).ephemeral
    rule = await make(studio)
    refused = await studio.imagine("a wolfhound")
    assert refused.ephemeral and "this server's own rules" in text_of(refused.response)
    assert "wolf" not in text_of(refused.response)
    assert (await studio.imagine("canis LUPUS")).ephemeral
    route = discord.http.Route("DELETE", f"/guilds/{studio.guild.id}/auto-moderation/rules/{rule}")
    await studio.bot.http.request(route)
    await studio.env.settle()
    assert not (await studio.imagine("a wolfhound")).ephemeral


async def test_what_is_applied_is_told(studio: Studio) -> None:
    await make(studio)
    await make(studio, name="Slurs", trigger_type=4, trigger_metadata={"presets": [3]})
    alert = [{"type": 2, "metadata": {"channel_id": str(studio.channel.id)}}]
    await make(studio, name="Bears", actions=alert, trigger_metadata={"keyword_filter": ["bear"]})
    text = text_of(await mod(studio, "mod policy automod"))
    assert "**No wolves** · 🔴 refused · 1 keyword, 1 pattern" in text
    assert "not applied: `(?=x)y`" in text
    assert "**Slurs** · not applied" in text
    assert "**Bears** · 🟠 let through, with a case" in text
    assert not (await studio.imagine("a bear")).ephemeral
    assert "1 case" in text_of(await mod(studio, "mod cases", category="server"))


async def test_roles_channels_and_managers_are_spared_as_in_discord(studio: Studio) -> None:
    role = studio.guild.create_role("Wolf friends")
    friend = studio.guild.add_member(studio.env.create_user("friend"), roles=[role])
    powers = discord.Permissions(manage_guild=True)
    managers = studio.guild.create_role("Managers", permissions=powers)
    manager = studio.guild.add_member(studio.env.create_user("manager"), roles=[managers])
    await accepted(studio.services, friend.id, manager.id)
    forest = studio.guild.create_text_channel("forest")
    await make(studio, exempt_roles=[str(role.id)], exempt_channels=[str(forest.id)])

    assert (await studio.imagine("a wolf")).ephemeral
    assert not (await studio.imagine("a wolf", member=friend)).ephemeral
    assert not (await studio.imagine("a wolf", member=manager)).ephemeral
    there = await studio.alice.slash(forest, "imagine", prompt="a wolf")
    assert not there.ephemeral


async def test_without_the_permission_what_was_known_still_holds(studio: Studio) -> None:
    await make(studio)
    roles = studio.env.backend.get_guild(studio.guild.id).roles
    for role in roles.values():
        role.permissions &= ~discord.Permissions(administrator=True, manage_guild=True).value
    text = text_of(await mod(studio, "mod policy automod"))
    assert "permission to manage the server" in text
    assert (await studio.imagine("a wolf")).ephemeral


async def test_the_copy_outlives_a_restart(studio: Studio) -> None:
    await make(studio)
    await studio.restart()
    assert (await studio.imagine("a wolf")).ephemeral
    async with studio.services.database.read() as session:
        assert (await guilds.get(session, studio.guild.id)).automod["rules"][0][
            "name"
        ] == "No wolves"


async def test_a_server_without_rules_leaves_no_trace(studio: Studio) -> None:
    guild = studio.bot.get_guild(studio.guild.id)
    assert guild is not None
    await refresh(studio.services, guild)
    async with studio.services.database.read() as session:
        assert await guilds.chosen(session) == []
