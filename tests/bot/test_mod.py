"""/mod, where it needs no card: members, rules, permission."""

from db import flags
from db.flag_tables import Deed
from tests.bot.moderation.casework import REFUSED, deeds, fill, open_card, said
from tests.bot.studio import Studio, answer_of, painted, text_of


async def test_members_by_command(studio: Studio) -> None:
    await studio.imagine(REFUSED)

    async def mod(command: str, **options: object) -> str:
        return text_of(said(await studio.moderator.slash(studio.channel, command, **options)))

    assert "1 case here" in await mod("mod user", member=studio.alice)
    blocked = {"member": studio.alice, "length": "For good", "reason": "enough"}
    assert "for good" in await mod("mod block", **blocked)
    assert "for good" in text_of((await studio.imagine()).response)
    upload = ("photo.png", painted(48, "green"))
    wordless = await studio.alice.slash(studio.channel, "variations", image=upload)
    assert any("for good" in text_of(m) for m in (wordless.response, *wordless.followups) if m)
    assert "**for good**: enough" in await mod("mod user", member=studio.alice)
    assert "can use the bot again" in await mod("mod unblock", member=studio.alice)
    assert "was not blocked" in await mod("mod unblock", member=studio.alice)
    told = [letter.content for letter in studio.alice.user.dm_channel.history()]
    assert sorted(text.startswith("You can use this bot") for text in told) == [False, True]
    assert not (await studio.imagine()).ephemeral
    await fill(studio, await open_card(studio), "Block", choice="For good", reason="again")
    await mod("mod unblock", member=studio.alice)
    assert [deed for deed, _ in await deeds(studio)] == [Deed.blocked, Deed.unblocked]
    own = {**blocked, "member": studio.moderator}
    assert "neither block nor unblock themselves" in await mod("mod block", **own)
    assert "no such case" in await mod("mod note", number=99, text="hm")
    assert "Your note is on case 1." in await mod("mod note", number=1, text="hm")
    assert (Deed.noted, "hm") in await deeds(studio)


async def test_whoever_is_blocked_begins_no_edit_and_posts_nothing(studio: Studio) -> None:
    await studio.finished()
    blocked = {"member": studio.alice, "length": "For good", "reason": "enough"}
    await studio.moderator.slash(studio.channel, "mod block", **blocked)
    edit = {"prompt": "a blue ball", "earlier": "1-1"}
    refused = await studio.alice.slash(studio.channel, "edit", **edit)
    assert "You can't use this bot here for good" in text_of(answer_of(refused))
    for button in ("share:1", "post:1", "u:1"):
        refused = await studio.forge(button)
        assert refused.ephemeral, button
        assert "You can't use this bot here for good" in text_of(refused.response), button


async def test_a_prompt_is_tried_on_the_rules(studio: Studio) -> None:
    prompt = {"prompt": "a smuggler with c0ntraband"}
    result = await studio.moderator.slash(studio.channel, "mod rules test", **prompt)
    text = text_of(said(result))
    assert "refused" in text and "`illegal.smuggler`" in text and "`illegal.contraband`" in text
    assert "read as: a smuggler with contraband" in text
    async with studio.services.database.read() as session:
        assert await flags.find(session, studio.guild.id, flags.Search(), 9) == []


async def test_mod_commands_check_the_permission_themselves(studio: Studio) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    for name, options in (
        ("mod cases", {}),
        ("mod rules test", {"prompt": "x"}),
        ("mod export", {}),
    ):
        result = await studio.bob.slash(studio.channel, name, **options)
        assert "Only members who may manage messages" in text_of(said(result)), name
