"""What a server's managers set, and that it holds; whatever of it is gone by then."""

import discord
import pytest
from simcord.actors import MemberActor

from db import guilds
from db.flag_tables import Guild, Spoilers
from db.guilds import Rights
from db.tables import Operation
from tests.bot.studio import Said, Studio, text_of, walk


async def chosen(studio: Studio) -> Guild:
    async with studio.services.database.read() as session:
        return await guilds.get(session, studio.guild.id)


async def set_to(studio: Studio, **choices: object) -> None:
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, **choices)


async def panel(studio: Studio, manager: MemberActor) -> Said:
    result = await manager.slash(studio.channel, "settings")
    assert result.ephemeral
    return result.response


def are_spoilers(message: Said) -> set[bool]:
    items = [item for c in walk(message) if c["type"] == 12 for item in c["items"]]
    return {item.get("spoiler", False) for item in items}


async def test_only_managers_see_and_change_it(studio: Studio, manager: MemberActor) -> None:
    mine = await panel(studio, manager)
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    refused = await studio.moderator.slash(studio.channel, "settings")
    assert text_of(refused.response) == "Only members who may manage this server can do that."

    studio.env.backend.get_member(studio.guild.id, manager.id).role_ids.clear()
    await manager.click(mine, label="Owners only")
    assert not (await chosen(studio)).owner_only


async def test_the_panel_says_how_it_stands_after_each_choice(
    studio: Studio, manager: MemberActor
) -> None:
    shown = await panel(studio, manager)
    assert "Everybody may press them." in text_of(shown)
    await manager.select(shown, [studio.channel], custom_id="set:channels")
    await manager.select(shown, [studio.channel], custom_id="set:showcase")
    await manager.select(shown, ["flagged"], custom_id="set:spoilers")
    await manager.click(shown, label="Owners only")

    assert "Only whoever asked for the pictures may press them." in text_of(shown)
    menus = {c["custom_id"]: c for c in walk(shown) if c["type"] in (3, 8)}
    for name in ("set:channels", "set:showcase"):
        assert [v["id"] for v in menus[name]["default_values"]] == [studio.channel.id]
    [default] = [o["value"] for o in menus["set:spoilers"]["options"] if o.get("default")]
    assert default == "flagged"
    kept = await chosen(studio)
    assert (kept.channels, kept.showcase_channel_id) == ([studio.channel.id], studio.channel.id)
    assert (kept.spoilers, kept.owner_only) == (Spoilers.flagged, True)

    await manager.select(shown, [], custom_id="set:channels")
    await manager.select(shown, [], custom_id="set:showcase")
    kept = await chosen(studio)
    assert (kept.channels, kept.showcase_channel_id) == ([], None)


async def test_the_panel_works_after_a_restart(studio: Studio, manager: MemberActor) -> None:
    shown = await panel(studio, manager)
    await studio.restart()
    await manager.click(shown, label="Owners only")
    assert (await chosen(studio)).owner_only


async def test_a_showcase_where_the_bot_may_not_post(studio: Studio, manager: MemberActor) -> None:
    closed = studio.guild.create_text_channel(
        "closed", overwrites={studio.guild.me: discord.PermissionOverwrite(send_messages=False)}
    )
    result = await manager.select(await panel(studio, manager), [closed], custom_id="set:showcase")
    assert "not a forum, where I may see" in text_of(result.response)
    assert (await chosen(studio)).showcase_channel_id is None


async def test_pictures_only_in_the_chosen_channels(studio: Studio) -> None:
    other = studio.guild.create_text_channel("talk")
    posted = await studio.finished()
    await set_to(studio, channels=[other.id])

    refused = await studio.imagine()
    assert text_of(refused.response) == (
        f"Pictures are made elsewhere here: <#{other.id}>. Nothing was charged."
    )
    again = await studio.alice.click(posted, custom_id="again:1")
    assert "Pictures are made elsewhere" in text_of(again.response)
    edit = await studio.alice.slash(
        studio.channel, "variations", image=("photo.png", b"never read")
    )
    assert "Pictures are made elsewhere" in text_of(edit.response)
    assert await studio.balance() == 49
    result = await studio.alice.slash(other, "imagine", prompt="a red cube")
    assert not result.ephemeral


async def test_a_category_stands_for_its_channels(studio: Studio) -> None:
    category = studio.guild.create_category("Art")
    inside = studio.guild.create_text_channel("inside", category=category)
    await set_to(studio, channels=[category.id])
    assert (await studio.imagine()).ephemeral
    assert not (await studio.alice.slash(inside, "imagine", prompt="a red cube")).ephemeral


async def test_channels_and_roles_that_are_gone_break_nothing(
    studio: Studio, manager: MemberActor
) -> None:
    await set_to(studio, channels=[12345], showcase_channel_id=12346, mod_channel_id=12347)
    async with studio.services.database.write() as session:
        await guilds.set_role(session, studio.guild.id, 12348, Rights(concurrent=1))

    assert not (await studio.imagine()).ephemeral
    text = text_of(await panel(studio, manager))
    assert "12348" not in text and "12345" not in text


@pytest.mark.parametrize(
    ("spoilers", "prompt", "hidden"),
    [
        (Spoilers.never, "a smuggler at sea", False),
        (Spoilers.flagged, "a red cube", False),
        (Spoilers.flagged, "a smuggler at sea", True),
        (Spoilers.always, "a red cube", True),
    ],
)
async def test_spoilers(studio: Studio, spoilers: Spoilers, prompt: str, hidden: bool) -> None:
    await set_to(studio, spoilers=spoilers)
    message = await studio.finished(prompt)
    assert are_spoilers(message) == {hidden}
    alone = await studio.alice.click(message, label="U1")
    assert are_spoilers(alone.followups[0]) == {hidden}


async def test_what_a_role_may_do(studio: Studio, manager: MemberActor) -> None:
    patrons = studio.guild.create_role("Patrons")
    shown = await panel(studio, manager)
    form = await manager.select(shown, [patrons], custom_id="set:role")
    filled = {
        "weight": "2,5",
        "concurrent": "3",
        "cooldown": "",
        "operations": ["text_to_image", "variation"],
    }
    await manager.submit_modal(form, filled)

    said = "share 2.5 · 3 requests at a time · only from words, variations"
    assert f"- <@&{patrons.id}>: {said}" in text_of(shown)
    async with studio.services.database.read() as session:
        rights = await guilds.rights(session, studio.guild.id, [patrons.id])
    both = frozenset({Operation.text_to_image, Operation.variation})
    assert rights == Rights(2.5, 3, 0, both)

    form = await manager.select(shown, [patrons], custom_id="set:role")
    await manager.submit_modal(
        form, {"weight": "", "concurrent": "", "operations": list(Operation)}
    )
    assert f"<@&{patrons.id}>" not in text_of(shown)


async def test_roles_that_there_is_no_room_for_are_counted(
    studio: Studio, manager: MemberActor
) -> None:
    several = [studio.guild.create_role(f"Patrons {n}") for n in range(22)]
    async with studio.services.database.write() as session:
        for role in several:
            await guilds.set_role(session, studio.guild.id, role.id, Rights(weight=2.0))
    shown = text_of(await panel(studio, manager))
    assert shown.count("share 2") == 20 and "- and 2 more; choose one" in shown


@pytest.mark.parametrize(
    "wrong", [{"weight": "0"}, {"weight": "nan"}, {"concurrent": "many"}, {"cooldown": "-1"}]
)
async def test_limits_that_are_none(
    studio: Studio, manager: MemberActor, wrong: dict[str, str]
) -> None:
    form = await manager.select(
        await panel(studio, manager), [studio.guild.default_role], custom_id="set:role"
    )
    result = await manager.submit_modal(form, wrong)
    assert "Please write numbers" in text_of(result.response)
    async with studio.services.database.read() as session:
        assert await guilds.roles(session, studio.guild.id) == []
