"""The other commands, and a walk over all of them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.buttons import IdItem
from bot.client import BUTTONS
from db import lanes
from db.tables import State
from tests.bot.studio import CARD, Studio, answer_of, buttons_of, text_of


def commands(studio: Studio) -> Iterator[app_commands.Command]:
    for command in studio.bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield command


async def test_every_command_is_described_and_named_once(studio: Studio) -> None:
    found = list(commands(studio))

    names = [command.qualified_name for command in found]
    assert len(set(names)) == len(names)
    for command in found:
        assert command.description not in ("", "…")
        assert all(p.description not in ("", "…") for p in command.parameters), command.name
    limited = {p.name: (p.min_value, p.max_value) for c in found for p in c.parameters}
    assert limited["prompt"] == (1, 1000)
    assert limited["images"] == (1, 4)
    assert limited["seed"] == (0, 2**32 - 1)


async def test_commands_say_where_they_work_and_who_may_use_them(studio: Studio) -> None:
    payloads = {c["name"]: c for c in studio.env.backend.commands[None].values()}

    assert {tuple(c["integration_types"]) for c in payloads.values()} == {(0,)}
    for name in ("flags", "grant", "mod", "stats"):
        assert payloads[name]["default_member_permissions"] == 1 << 13
    for name in ("settings", "setup"):
        assert payloads[name]["default_member_permissions"] == 1 << 5
    anywhere = {name for name, c in payloads.items() if c.get("contexts") != [0]}
    assert anywhere == {
        "buy",
        "credits",
        "feedback",
        "gift",
        "help",
        "history",
        "privacy",
        "queue",
        "show",
    }


def used_in_tests() -> set[str]:
    """What the tests of this folder call anything with: commands and menus among it."""
    trees = [ast.parse(path.read_text()) for path in Path(__file__).parent.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    values = [argument for call in calls for argument in call.args]
    return {value.value for value in values if isinstance(value, ast.Constant)}


async def test_every_command_and_menu_has_a_test(studio: Studio) -> None:
    tree = studio.bot.tree
    menus = tree.get_commands(type=discord.AppCommandType.message)
    names = {c.qualified_name for c in commands(studio)} | {menu.name for menu in menus}

    assert names - used_in_tests() == set()


def test_every_button_reads_its_own_custom_id() -> None:
    patterns = [button.__discord_ui_compiled_template__ for button in BUTTONS]
    for button, pattern in zip(BUTTONS, patterns, strict=True):
        assert issubclass(button, IdItem)
        made = button(*[3] * pattern.groups)
        assert [p for p in patterns if p.fullmatch(made.custom_id)] == [pattern]


async def test_credits_begin_with_the_first_use(studio: Studio) -> None:
    result = await studio.alice.slash(studio.channel, "credits")

    text = text_of(result.response)
    assert result.ephemeral
    assert "50 credits" in text and "The next free ones come on <t:" in text


async def test_credits_tell_what_was_spent_and_returned(studio: Studio) -> None:
    message = (await studio.imagine()).response
    await studio.alice.click(message, label="Cancel")
    await studio.imagine()
    text = text_of((await studio.alice.slash(studio.channel, "credits")).response)

    assert "49 credits" in text
    assert "-1 spent · request 1" in text and "+1 returned · request 1" in text


async def test_queue_lists_only_my_requests_and_cancels_them(studio: Studio) -> None:
    mine = (await studio.imagine("a *red* cube")).response
    await studio.imagine("a blue ball", member=studio.bob)
    result = await studio.alice.slash(studio.channel, "queue")

    text = text_of(result.response)
    assert result.ephemeral
    assert r"a \*red\* cube" in text and "blue ball" not in text
    assert str(mine.id) in text
    assert buttons_of(result.response) == ["Cancel"]

    await studio.alice.click(result.response, label="Cancel")
    assert "no requests waiting" in text_of(result.response)
    assert (await studio.job(1)).state == State.cancelled
    assert (await studio.job(2)).state == State.queued
    await studio.delivery.deliver_once()
    assert "Cancelled. Your credit was returned." in text_of(studio.message(mine.id))


async def test_a_long_queue_fits(studio: Studio) -> None:
    for _ in range(12):
        await studio.imagine("*" * 200 + "cube")
    result = await studio.alice.slash(studio.channel, "queue")

    assert len(buttons_of(result.response)) == 10
    assert "and 2 more requests" in text_of(result.response)


async def test_an_empty_queue(studio: Studio) -> None:
    result = await studio.alice.slash(studio.channel, "queue")

    assert "no requests waiting" in text_of(result.response)


async def test_help(studio: Studio) -> None:
    for topic, words in [
        ("start", "/imagine"),
        ("buttons", "three variations"),
        ("pictures", "`/outpaint` goes on past its border"),
        ("credits", "50 credits for your first month"),
        ("words", "knows 6 words\na, above, ball, blue, cube, red"),
        ("rules", "What is not made here"),
        ("model", "can do everything"),
    ]:
        result = await studio.alice.slash(studio.channel, "help", topic=topic)
        assert result.ephemeral, topic
        assert words in text_of(result.response), topic


async def test_what_the_model_cannot_do_is_not_offered_and_help_says_why(studio: Studio) -> None:
    why = "The model that runs here can't start from a picture."
    old = await studio.finished()
    [single] = (await studio.alice.click(old, label="U1")).followups
    missing = {"variation": why, "inpaint": why}
    await changed(studio, {**CARD, "operations": ["text_to_image"], "missing": missing})

    assert {"variations", "edit"}.isdisjoint(studio.alice.available_commands(studio.channel))
    told = await studio.alice.slash(studio.channel, "help", topic="model")
    assert f"`/variations` and `/edit`: {why}" in text_of(told.response)
    for message, label in ((old, "V1 · 1🪙"), (single, "Edit area")):
        clicked = await studio.alice.click(message, label=label)
        assert clicked.modal is None
        assert text_of(clicked.response) == f"{why} Nothing was charged."
    assert not [b for b in buttons_of(await studio.finished()) if b.startswith("V")]
    assert [b for b in buttons_of(old) if b.startswith("V")]

    await changed(studio, CARD)
    assert {"variations", "edit"} <= set(studio.alice.available_commands(studio.channel))


async def changed(studio: Studio, card: dict[str, Any]) -> None:
    """A worker with another model has come, and the bot has heard of it once."""
    async with studio.services.database.write() as session:
        await lanes.register(session, "mini", card)
    assert await studio.bot.offer.follow_once()
    assert not await studio.bot.offer.follow_once()


async def test_flags_check_the_permission_even_if_the_server_shows_the_command(
    studio: Studio,
) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    result = await studio.bob.slash(studio.channel, "flags")

    assert result.ephemeral
    assert "Only members who may manage messages" in text_of(result.response)


async def test_who_moderates_one_channel_is_no_moderator_of_the_server(studio: Studio) -> None:
    powers = discord.PermissionOverwrite(manage_messages=True, manage_guild=True)
    own = studio.guild.create_text_channel("own", overwrites={studio.bob: powers})
    for command in ("flags", "mod export", "stats moderation"):
        refused = answer_of(await studio.bob.slash(own, command))
        assert "may manage messages in the whole server" in text_of(refused), command
    refused = answer_of(await studio.bob.slash(own, "settings"))
    assert "may manage this server" in text_of(refused)


async def test_who_moderates_one_channel_deletes_nothing_of_another(studio: Studio) -> None:
    """`/show` brings a request, with its buttons, into any channel."""
    powers = discord.PermissionOverwrite(manage_messages=True)
    own = studio.guild.create_text_channel("own", overwrites={studio.bob: powers})
    message = await studio.finished()
    shown = answer_of(await studio.bob.slash(own, "show", id="1"))
    refused = answer_of(await studio.bob.click(shown, custom_id="del:1"))
    assert "Only whoever asked for these pictures" in text_of(refused)
    assert studio.message(message.id)

    asked = await studio.alice.slash(own, "imagine", prompt="a cube")
    await studio.bob.click(asked.response, label="Cancel")
    assert (await studio.job(2)).state is State.cancelled


async def test_a_channel_takes_nothing_from_moderators_and_administrators(studio: Studio) -> None:
    denied = discord.PermissionOverwrite(manage_messages=False)
    channel = studio.guild.create_text_channel("own", overwrites={studio.moderator: denied})
    every = studio.guild.create_role("All", permissions=discord.Permissions(administrator=True))
    friend = studio.guild.add_member(studio.env.create_user("friend"), roles=[every])
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    for member in (studio.moderator, friend):
        assert "None. 🎉" in text_of(answer_of(await member.slash(channel, "flags")))


async def test_no_flags(studio: Studio) -> None:
    result = await studio.moderator.slash(studio.channel, "flags")

    assert "None. 🎉" in text_of(result.response)
