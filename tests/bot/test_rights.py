"""What a server's settings hold back: limits of roles, a pause, buttons for owners only."""

from typing import Any

import discord
import pytest
from simcord.actors import MemberActor

from db import guilds
from db.guilds import Rights
from db.tables import Operation, State
from tests.bot.studio import Studio, accepted, painted, text_of


async def limit(studio: Studio, **limits: Any) -> None:
    """What all members may do who have no other role that is named."""
    async with studio.services.database.write() as session:
        guild_id = studio.guild.id
        await guilds.set_role(session, guild_id, guild_id, Rights(**limits))


async def test_requests_at_a_time(studio: Studio) -> None:
    await limit(studio, concurrent=2)
    first = (await studio.imagine()).response
    await studio.imagine()
    refused = await studio.imagine()

    assert refused.ephemeral
    assert "2 requests under way, as many as your roles here allow" in text_of(refused.response)
    assert await studio.balance() == 48
    assert not (await studio.imagine(member=studio.bob)).ephemeral
    await studio.alice.click(first, label="Cancel")
    assert not (await studio.imagine()).ephemeral


async def test_seconds_between_two(studio: Studio) -> None:
    await limit(studio, cooldown=60)
    message = await studio.finished()
    refused = await studio.imagine()
    moment = int(studio.clock().timestamp()) + 60
    said = f"Your next request here is taken <t:{moment}:R>. Nothing was charged."
    assert text_of(refused.response) == said
    assert await studio.balance() == 49

    studio.clock.advance(60)
    again = await studio.alice.click(message, custom_id="again:1")
    twice = await studio.alice.click(message, custom_id="again:1")
    assert not again.ephemeral
    assert "already on its way" in text_of(twice.response), "one job, not one too soon"


async def test_what_was_cancelled_makes_nobody_wait(studio: Studio) -> None:
    await limit(studio, cooldown=60)
    message = (await studio.imagine()).response
    await studio.alice.click(message, label="Cancel")
    assert not (await studio.imagine()).ephemeral


async def test_operations_that_a_role_leaves_out(studio: Studio) -> None:
    message = await studio.finished()
    await limit(studio, operations=frozenset({Operation.text_to_image}))
    varied = await studio.alice.click(message, label="V1 · 1🪙")
    edited = await studio.alice.slash(
        studio.channel, "edit", prompt="a ball", image=("a.png", painted(48))
    )

    assert "Your roles in this server don't include that" in text_of(varied.response)
    assert "Your roles in this server don't include that" in text_of(edited.followups[-1])
    assert not (await studio.imagine()).ephemeral


async def test_a_role_of_ones_own_counts_instead_of_everybodys(studio: Studio) -> None:
    patrons = studio.guild.create_role("Patrons")
    carol = studio.guild.add_member(studio.env.create_user("carol"), roles=[patrons])
    await accepted(studio.services, carol.id)
    await limit(studio, concurrent=1)
    async with studio.services.database.write() as session:
        await guilds.set_role(session, studio.guild.id, patrons.id, Rights(weight=4.0))
    for _ in range(3):
        assert not (await studio.imagine(member=carol)).ephemeral
    await studio.imagine()

    jobs = [await studio.job(n) for n in (1, 2, 3, 4)]
    assert [job.vfinish - job.vstart for job in jobs] == [0.25, 0.25, 0.25, 1]


async def test_roles_count_in_direct_messages(studio: Studio) -> None:
    patrons = studio.guild.create_role("Patrons")
    carol = studio.guild.add_member(studio.env.create_user("carol"), roles=[patrons])
    await accepted(studio.services, carol.id)
    mail = await mailed(studio, carol)
    async with studio.services.database.write() as session:
        variations = Rights(operations=frozenset({Operation.variation}))
        await guilds.set_role(session, studio.guild.id, patrons.id, variations)
    refused = await carol.user.click(mail, custom_id="again:1")
    assert "Your roles in this server don't include that" in text_of(refused.response)

    await limit(studio, concurrent=1)
    async with studio.services.database.write() as session:
        await guilds.set_role(session, studio.guild.id, patrons.id, Rights(weight=4.0))
    for button in ("again:1", "v:1"):
        assert not (await carol.user.click(mail, custom_id=button)).ephemeral


async def test_who_left_the_server_asks_for_nothing_there(studio: Studio) -> None:
    mail = await mailed(studio, studio.alice)
    studio.guild.remove_member(studio.alice)
    refused = await studio.alice.user.click(mail, custom_id="again:1")
    assert "You are not in that server any more" in text_of(refused.response)


async def mailed(studio: Studio, member: MemberActor) -> discord.Message:
    """The direct message with a member's private pictures."""
    await studio.imagine(member=member, private=True)
    await studio.worker.work()
    await studio.delivery.deliver_once()
    [mail] = member.user.dm_channel.history()
    return mail


async def test_a_pause_takes_nothing_new_and_keeps_what_waits(studio: Studio) -> None:
    message = (await studio.imagine()).response
    paused = await studio.moderator.slash(studio.channel, "mod pause")
    assert paused.ephemeral and "paused: nothing new is taken" in text_of(paused.response)
    refused = await studio.imagine()
    assert refused.ephemeral and "have paused the making of pictures" in text_of(refused.response)
    assert await studio.worker.work() == []
    studio.clock.advance(5)
    await studio.delivery.deliver_once()
    listed = await studio.alice.slash(studio.channel, "queue")
    for text in (text_of(studio.message(message.id)), text_of(listed.response)):
        assert "⏸️ The moderators have paused the queue here" in text

    await studio.moderator.slash(studio.channel, "mod resume")
    assert len(await studio.worker.work()) == 1
    assert (await studio.job()).state is State.succeeded


async def test_only_moderators_pause(studio: Studio) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    for command in ("mod pause", "mod resume"):
        refused = await studio.bob.slash(studio.channel, command)
        assert "Only members who may manage messages" in text_of(refused.response)


@pytest.mark.parametrize("button", ["u:1", "v:1", "again:1", "prompt:1", "info:1", "save:1"])
async def test_buttons_for_owners_only(studio: Studio, button: str) -> None:
    message = await studio.finished(images=1)
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, owner_only=True)
    refused = await studio.bob.click(message, custom_id=button)
    assert refused.ephemeral and "Only whoever asked" in text_of(refused.response)
    for member in (studio.alice, studio.moderator):
        allowed = await member.click(message, custom_id=button)
        said = [m for m in (allowed.response, *allowed.followups) if m is not None]
        assert allowed.modal or not any("Only whoever asked" in text_of(m) for m in said)


async def test_owners_only_holds_in_menus_too(studio: Studio) -> None:
    message = await studio.finished(images=1)
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, owner_only=True)
    refused = await studio.bob.context_menu(studio.channel, "Variations", message)
    assert "Only whoever asked" in text_of(refused.followups[-1])
