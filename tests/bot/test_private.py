"""Private pictures: whichever command or button makes them, only their member sees them."""

from dataclasses import replace
from typing import Any

import discord
import pytest
from aiohttp.test_utils import TestClient, TestServer
from simcord.actors import MemberActor

from bot.web.links import Links
from bot.web.server import application
from db import edits, images
from tests.bot.studio import Said, Studio, answer_of, painted, pictures_of, text_of

UPLOAD = ("photo.png", painted(48, "green"))
WHITE = ("mask.png", painted(48, "white"))
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("imagine", {"prompt": "a red cube"}),
    ("variations", {"image": UPLOAD}),
    ("outpaint", {"image": UPLOAD, "direction": "left"}),
    ("blend", {"image1": UPLOAD, "image2": UPLOAD}),
    ("remix", {"image": UPLOAD, "from": "a cube", "to": "a ball"}),
]
LINKS = Links("https://art.example.org", b"k" * 32)


def mails(member: MemberActor) -> list[discord.Message]:
    return member.user.dm_channel.history() if member.user.dm_channel else []


async def is_hidden(studio: Studio, job_id: int) -> bool:
    """Whether a job's pictures come to alice's direct messages, and to nowhere else."""
    before = [m.id for m in studio.channel.history()]
    await studio.worker.work()
    studio.clock.advance(60)
    await studio.delivery.deliver_once()
    job = await studio.job(job_id)
    [mail] = [m for m in mails(studio.alice) if m.id == job.message_id]
    return job.private and bool(pictures_of(mail)) and before == [
        m.id for m in studio.channel.history()
    ]  # fmt: skip


async def hidden_picture(studio: Studio) -> Said:
    """A private picture of alice's, as `/show` brings it back in the channel for her alone."""
    await studio.imagine("a red cube", images=1, private=True)
    await studio.worker.work()
    await studio.delivery.deliver_once()
    shown = answer_of(await studio.alice.slash(studio.channel, "show", id="1-1"))
    assert shown.ephemeral and studio.channel.history() == []
    return shown


@pytest.mark.parametrize(("command", "options"), COMMANDS)
async def test_every_command_can_answer_its_member_alone(
    studio: Studio, command: str, options: dict[str, Any]
) -> None:
    result = await studio.alice.slash(studio.channel, command, **options, private=True)
    answer = answer_of(result)
    assert answer.ephemeral and "nobody else sees it" in text_of(answer)
    assert await is_hidden(studio, 1) and studio.channel.history() == []


async def test_an_edit_for_its_member_alone(studio: Studio) -> None:
    begun = await studio.alice.slash(
        studio.channel, "edit", prompt="a red cube", image=UPLOAD, private=True
    )
    await studio.alice.click(begun.response, label="↖️")
    confirmed = await studio.alice.click(begun.response, label="Paint it · 1🪙")
    assert "nobody else sees it" in text_of(answer_of(confirmed))
    assert await is_hidden(studio, 1) and studio.channel.history() == []


async def test_a_private_edit_that_is_confirmed_on_the_page(studio: Studio) -> None:
    await studio.alice.slash(
        studio.channel, "edit", prompt="a cube", image=UPLOAD, mask=WHITE, private=True
    )
    services = replace(studio.services, links=LINKS)
    async with services.database.read() as session:
        edit = await edits.get(session, 1, services.clock())
    assert edit is not None
    path = LINKS.make("paint", 1, edit.created_at + edits.LIFETIME).removeprefix(LINKS.public_url)
    async with TestClient(TestServer(application(services))) as client:
        assert "/@me/" in await (await client.get(path)).text()
        assert (await client.post(f"{path}/confirm")).status == 200
    assert await is_hidden(studio, 1) and studio.channel.history() == []


@pytest.mark.parametrize("custom_id", ["v:1", "extend:1"])
async def test_buttons_of_a_private_picture_keep_what_they_make_private(
    studio: Studio, custom_id: str
) -> None:
    shown = await hidden_picture(studio)
    if custom_id == "v:1":
        result = await studio.alice.click(shown, custom_id=custom_id)
    else:
        result = await studio.alice.select(shown, ["left"], custom_id=custom_id)
    assert "nobody else sees it" in text_of(answer_of(result))
    assert await is_hidden(studio, 2)


async def test_run_again_and_other_words_keep_it_private(studio: Studio) -> None:
    await hidden_picture(studio)
    grid = answer_of(await studio.alice.slash(studio.channel, "show", id="1"))
    await studio.alice.click(grid, custom_id="again:1")
    assert await is_hidden(studio, 2)
    form = await studio.alice.click(grid, custom_id="prompt:1")
    await studio.alice.submit_modal(form, {"prompt": "a blue ball"})
    assert await is_hidden(studio, 3)


async def test_an_edit_of_a_private_picture_is_private(studio: Studio) -> None:
    shown = await hidden_picture(studio)
    form = await studio.alice.click(shown, custom_id="area:1")
    panel = answer_of(await studio.alice.submit_modal(form, {"prompt": "a blue ball"}))
    await studio.alice.click(panel, label="↖️")
    await studio.alice.click(panel, label="Paint it · 1🪙")
    assert await is_hidden(studio, 2)


async def test_a_private_picture_that_is_named_in_a_command(studio: Studio) -> None:
    await hidden_picture(studio)
    result = await studio.alice.slash(studio.channel, "blend", image1=UPLOAD, earlier2="1-1")
    assert "nobody else sees it" in text_of(answer_of(result))
    assert await is_hidden(studio, 2) and studio.channel.history() == []


async def test_what_is_not_private_is_not_taken_for_it(studio: Studio) -> None:
    await studio.finished(images=1)
    async with studio.services.database.read() as session:
        assert not await images.any_private(session, [1])
        assert not await images.any_private(session, [])


async def test_a_private_wish_stays_private_when_the_rules_are_accepted(studio: Studio) -> None:
    newcomer = studio.guild.add_member(studio.env.create_user("newcomer"))
    rules = answer_of(await studio.imagine("a red cube", newcomer, private=True))
    accepted = await newcomer.click(rules, label="Accept and go on · 1🪙")
    assert "nobody else sees it" in text_of(answer_of(accepted))
    [mail] = mails(newcomer)
    assert "In the queue" in text_of(mail) and studio.channel.history() == []


async def test_where_the_bot_may_not_post_a_private_picture_can_still_be_made(
    studio: Studio,
) -> None:
    closed = studio.guild.create_text_channel(
        "closed",
        overwrites={studio.bot.user: discord.PermissionOverwrite(attach_files=False)},
    )
    result = await studio.alice.slash(closed, "variations", image=UPLOAD, private=True)
    assert "nobody else sees it" in text_of(answer_of(result))


async def test_the_same_private_click_twice_is_one_job(studio: Studio) -> None:
    shown = await hidden_picture(studio)
    await studio.alice.click(shown, custom_id="v:1")
    second = await studio.alice.click(shown, custom_id="v:1")
    assert "already on its way" in text_of(answer_of(second))
    assert await studio.balance() == 48


async def test_who_can_be_sent_no_direct_message_is_told_so(studio: Studio) -> None:
    studio.env.inject_error("POST", "/users/@me/channels", status=400, code=50007)
    result = await studio.imagine("a red cube", private=True)
    assert "can't send you direct messages" in text_of(answer_of(result))
    assert await studio.worker.claim() == []
