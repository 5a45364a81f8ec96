"""A member has their data, and has it deleted: in the chat, on the page, in the store."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from aiohttp.test_utils import TestClient, TestServer
from simcord.builders import ChannelHandle

from bot import privacy
from bot.archive import archives
from bot.housekeeping import GRACE, erase_pictures, retire
from bot.sweeper import Sweeper
from bot.web.links import Links
from bot.web.server import application
from config import RetentionConfig
from db import admissions, blocks, cases, copies, flags, guilds, images, letters
from db.errors import ImageMissing
from db.flag_tables import Deed
from tests.bot.studio import Studio, answer_of, buttons_of, painted, text_of

LINKS = Links("https://art.example.org", b"k" * 32)


async def opened(studio: Studio, largest: int = 2**30) -> list[dict[str, bytes]]:
    """What is in each of a member's archives."""
    found = []
    async for archive in archives(studio.services, studio.alice.id, largest):
        data = archive.read()
        assert len(data) <= largest
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            assert opened.testzip() is None
            found.append({name: opened.read(name) for name in opened.namelist()})
    return found


async def test_the_archive_holds_all_of_ones_own_and_nothing_else(studio: Studio) -> None:
    await studio.finished("a red *cube*", images=2)
    photo = ("photo.png", painted(48))
    await studio.alice.slash(studio.channel, "variations", image=photo)
    await studio.imagine("a blue ball", member=studio.bob)
    [files] = await opened(studio)
    assert set(files) == {
        "read-me.txt", "requests.json", "ledger.csv", "pictures/1-1.png", "pictures/1-2.png",
        "brought/3.png", "record.json",
    }  # fmt: skip
    asked = json.loads(files["requests.json"])
    assert [(job["request"], job["prompt"]) for job in asked] == [(1, "a red *cube*"), (2, "")]
    assert b"spend,-1,2" in files["ledger.csv"]
    assert files["pictures/1-1.png"].startswith(b"\x89PNG")


async def test_the_archive_holds_ones_record_without_who_keeps_it(studio: Studio) -> None:
    """Warned about one case, blocked for another, with a note that is the moderators' own."""
    await studio.imagine("a crate of contraband")
    await studio.imagine("a smuggler at sea", member=studio.bob)
    now, moderator = studio.clock(), studio.moderator.id
    async with studio.services.database.write() as session:
        case = await flags.get(session, 1)
        assert case is not None
        await cases.note(session, case, moderator, Deed.warned, "Please don't.", now)
        await cases.note(session, case, moderator, Deed.noted, "a troublemaker", now)
        await blocks.add(
            session,
            user_id=studio.alice.id,
            guild_id=studio.guild.id,
            reason="again and again",
            length=timedelta(days=1),
            now=now,
            actor_id=moderator,
        )
        theirs = await flags.get(session, 2)
        assert theirs is not None
        await cases.note(session, theirs, studio.alice.id, Deed.reported, "not nice", now)
        await admissions.join(session, studio.guild.id, studio.alice.id, now)
        await letters.write(session, studio.alice.id, "Welcome", now)
    shown = await studio.finished(member=studio.bob, images=1)
    await studio.alice.click(
        (await studio.bob.click(shown, label="U1")).followups[0], custom_id="star:5"
    )
    [files] = await opened(studio)
    record = json.loads(files["record.json"])
    assert [report["text"] for report in record["reports"]] == ["not nice"]
    assert [place["server"] for place in record["waiting_lists"]] == [str(studio.guild.id)]
    assert [letter["text"] for letter in record["letters"]] == ["Welcome"]
    assert record["rules_accepted_at"] and record["favourites"] == ["2-1"]
    [found] = record["cases"]
    assert (found["case"], found["state"], found["category"]) == (1, "open", "illegal")
    assert found["prompt"] == "a crate of contraband"
    assert found["server"] == str(studio.guild.id)
    assert [warning["text"] for warning in record["warnings"]] == ["Please don't."]
    [block] = record["blocks"]
    assert block["reason"] == "again and again" and block["until"] > block["at"]
    assert str(moderator).encode() not in files["record.json"]
    assert b"troublemaker" not in files["record.json"] and b"smuggler" not in files["record.json"]


async def test_an_archive_in_parts_each_of_which_opens_by_itself(studio: Studio) -> None:
    await studio.imagine()
    await studio.worker.work(picture=painted(200, noise=True))
    parts = await opened(studio, 60_000)
    names = [name for files in parts for name in files]
    assert len(parts) > 1 and len(names) == len(set(names)) == 8


async def test_a_picture_too_large_for_a_part_becomes_smaller(studio: Studio) -> None:
    await studio.imagine(images=1)
    await studio.worker.work(picture=painted(200, noise=True))
    parts = await opened(studio, 35_000)
    assert "pictures/1-1.webp" in [name for files in parts for name in files]


async def test_by_direct_message_where_there_is_no_page(studio: Studio) -> None:
    await studio.finished()
    result = await studio.alice.slash(studio.channel, "privacy export")
    assert result.ephemeral and "by direct message" in text_of(result.response)
    sent, last = studio.alice.user.dm_channel.history()
    assert [a.filename for a in sent.attachments] == ["five-squares-1.zip"]
    assert "That is all of it, in 1 file." in last.content


async def test_who_takes_no_messages_is_told(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    result = await studio.alice.slash(studio.channel, "privacy export")
    assert "I can't send you direct messages" in text_of(result.followups[0])


async def test_by_a_link_that_dies_after_a_day(studio: Studio) -> None:
    await studio.finished(images=1)
    services = replace(studio.services, links=LINKS)
    view = privacy.link_to_archive(services, studio.alice.id)
    assert view is not None
    [url] = [item.url for item in view.walk_children() if getattr(item, "url", None)]
    path = url.removeprefix(LINKS.public_url)
    async with TestClient(TestServer(application(services))) as client:
        answer = await client.get(path)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="five-squares.zip"'
        assert answer.headers["Cache-Control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
            assert "pictures/1-1.png" in archive.namelist()

        forged = path.replace(str(studio.alice.id), str(studio.bob.id))
        assert (await client.get(forged)).status == 410
        studio.clock.advance(24 * 3600)
        late = await client.get(path)
        assert late.status == 410 and "not valid any more" in await late.text()


async def test_deleting_says_first_what_it_means_and_then_does_it(studio: Studio) -> None:
    message = await studio.finished("a red cube", images=1)
    theirs = await studio.finished("a blue ball", images=1, member=studio.bob)
    asked = await studio.alice.slash(studio.channel, "privacy delete")
    assert asked.ephemeral and "Taken away, for good" in text_of(asked.response)
    assert buttons_of(asked.response) == ["Delete all of it"]
    assert (await studio.job()).params["prompt"] == "a red cube"

    await studio.alice.click(asked.response, label="Delete all of it")
    assert "Done: 1 request and 1 picture." in text_of(asked.response)
    assert (await studio.job()).params["prompt"] == ""
    assert await studio.balance() == 49
    await studio.sweep()
    assert [m.id for m in studio.channel.history()] == [theirs.id]

    studio.clock.advance(GRACE.total_seconds() + 1)
    await erase_pictures(studio.services)
    for kind in ("master", "signed"):
        with pytest.raises(ImageMissing):
            await studio.services.store.get(f"1/0.{kind}.png")
        assert await studio.services.store.get(f"2/0.{kind}.png")

    again = await studio.alice.slash(studio.channel, "privacy delete")
    await studio.alice.click(again.response, label="Delete all of it")
    assert "Done: 0 requests and 0 pictures." in text_of(again.response)
    rules = await studio.imagine()
    assert "Before your first picture" in text_of(rules.response)
    assert message.id not in [m.id for m in studio.channel.history()]


async def copied(studio: Studio) -> ChannelHandle:
    """A picture of alice's: alone in the channel twice, in the showcase, and saved by bob."""
    showcase = studio.guild.create_text_channel("showcase")
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, showcase_channel_id=showcase.id)
    message = await studio.finished("a red cube", images=2)
    single = answer_of(await studio.alice.click(message, label="U1"))
    await studio.bob.click(message, label="U1")
    asked = await studio.alice.click(single, label="Share")
    await studio.alice.click(asked.response, label="Post it")
    await studio.bob.click(message, label="Save")
    assert len(studio.channel.history()) == 3 and len(showcase.history()) == 1
    assert len(studio.bob.user.dm_channel.history()) == 1
    return showcase


def deletions(studio: Studio) -> int:
    return sum(request.method == "DELETE" for request in studio.env.http_requests)


async def test_copies_of_a_picture_go_too_each_once_also_after_a_restart(studio: Studio) -> None:
    showcase = await copied(studio)
    theirs = await studio.finished("a blue ball", images=1, member=studio.bob)
    alone = answer_of(await studio.bob.click(theirs, label="U1"))
    asked = await studio.alice.slash(studio.channel, "privacy delete")
    await studio.alice.click(asked.response, label="Delete all of it")
    await studio.restart()
    before = deletions(studio)
    for _ in range(3):
        await studio.sweep()

    assert [m.id for m in studio.channel.history()] == [theirs.id, alone.id]
    assert showcase.history() == [] and studio.bob.user.dm_channel.history() == []
    assert deletions(studio) - before == 5


async def test_an_outage_leaves_copies_for_the_next_time(studio: Studio) -> None:
    showcase = await copied(studio)
    message = studio.channel.history()[0]
    await studio.delete(message)
    path = f"/channels/{showcase.id}/messages/*"
    studio.env.inject_error("DELETE", path, status=503, times=6)
    sweeper = Sweeper(studio.bot, studio.services)
    with pytest.raises(discord.HTTPException):
        await sweeper.sweep_once()
    assert len(showcase.history()) == 1
    studio.env.backend.faults.clear()
    await sweeper.sweep_once()
    assert showcase.history() == studio.channel.history() == []


async def test_a_message_in_an_archived_thread_is_taken_away(studio: Studio) -> None:
    """Discord takes nothing from it before it is opened."""
    with studio.env.time_context():
        channel = studio.bot.get_channel(studio.channel.id)
        thread = await channel.create_thread(name="cubes", type=discord.ChannelType.public_thread)
        message = await thread.send("a red cube")
        await thread.edit(archived=True)
    made = await studio.finished(images=1)
    async with studio.services.database.write() as session:
        await copies.add(session, 1, thread.id, message.id)
    await studio.delete(made)
    path = f"/channels/{thread.id}/messages/*"
    studio.env.inject_error("DELETE", path, status=400, code=50083)
    await studio.sweep()
    [opened] = [
        request.json
        for request in studio.env.http_requests
        if request.method == "PATCH" and request.path == f"/channels/{thread.id}"
        if not request.json["archived"]
    ]
    assert opened["archived"] is False
    with studio.env.time_context(), pytest.raises(discord.NotFound):
        await thread.fetch_message(message.id)


async def test_a_message_that_can_not_be_taken_away_keeps_no_other(studio: Studio) -> None:
    showcase = await copied(studio)
    message = studio.channel.history()[0]
    path = f"/channels/{showcase.id}/messages/*"
    studio.env.inject_error("DELETE", path, status=400, code=50083, times=None)
    await studio.delete(message)
    for _ in range(2):
        await studio.sweep()
    assert len(showcase.history()) == 1
    assert studio.channel.history() == studio.bob.user.dm_channel.history() == []


async def test_a_copy_that_was_taken_away_already_is_not_looked_for(studio: Studio) -> None:
    message = await studio.finished(images=1)
    single = answer_of(await studio.alice.click(message, label="U1"))
    await studio.alice.click(single, custom_id="rm:1")
    await studio.delete(message)
    before = deletions(studio)
    await studio.sweep()
    assert deletions(studio) == before + 1, "the request's own message"


async def test_an_open_case_keeps_its_evidence(studio: Studio) -> None:
    await studio.finished("a smuggler at sea", images=1)
    asked = await studio.alice.slash(studio.channel, "privacy delete")
    await studio.alice.click(asked.response, label="Delete all of it")
    assert "1 case stays until moderators have decided" in text_of(asked.response)
    studio.clock.advance(GRACE.total_seconds() + 1)
    await erase_pictures(studio.services)
    card = await studio.moderator.slash(studio.channel, "mod case", number=1)
    assert "smuggler" in text_of(card.followups[-1] if card.followups else card.response)


async def test_a_message_that_is_gone_already_does_not_stop_the_sweeper(studio: Studio) -> None:
    message = await studio.finished(images=1)
    await studio.delete(message)
    await studio.imagine(images=1)
    asked = await studio.alice.slash(studio.channel, "privacy delete")
    await studio.alice.click(asked.response, label="Delete all of it")
    for _ in range(2):
        await studio.sweep()
    assert studio.channel.history() == []


async def test_uploads_and_pictures_are_kept_as_long_as_the_settings_say(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    await studio.alice.slash(studio.channel, "variations", image=("photo.png", painted(48)))
    await studio.worker.work()
    kept = RetentionConfig(upload_days=1, picture_days=2)
    services = replace(studio.services, config=replace(studio.services.config, retention=kept))
    studio.clock.advance(25 * 3600)
    with caplog.at_level("INFO"):
        await retire(services)
        await retire(services)
    said = "kept long enough: 1 uploads, 0 pictures, the words of 0 requests, 0 unsent ones"
    assert [record.getMessage() for record in caplog.records].count(said) == 1
    async with services.database.read() as session:
        first, *made = [await images.get(session, number) for number in range(1, 5)]
    assert first and first.deleted_at and not any(image.deleted_at for image in made if image)


async def test_help_says_what_is_kept(studio: Studio) -> None:
    result = await studio.alice.slash(studio.channel, "help", topic="privacy")
    text = text_of(result.response)
    assert "until you delete them" in text and "for 30 days" in text
