"""Delivery when messages, channels and Discord itself fail, and how often it edits."""

import asyncio

import discord
import pytest
from sqlalchemy import event

from bot import delivery
from bot.delivery import Delivery
from db import images, jobs, queue
from db.tables import Job, State
from tests.bot.studio import Studio, answer_of, buttons_of, grid, painted, pictures_of, text_of
from tests.db.town import Town


def edits(studio: Studio) -> int:
    return sum(request.method == "PATCH" for request in studio.env.http_requests)


async def test_delivering_twice_changes_nothing(studio: Studio) -> None:
    message = await studio.finished()
    before = len(studio.env.http_requests)
    await studio.delivery.deliver_once()

    assert len(studio.env.http_requests) == before
    assert [m.id for m in studio.channel.history()] == [message.id]


async def test_a_deleted_message_is_posted_anew(studio: Studio) -> None:
    old = (await studio.imagine()).response
    await studio.moderator.delete(studio.message(old.id))
    await studio.worker.work()
    await studio.delivery.deliver_once()

    [message] = studio.channel.history()
    assert message.id != old.id
    assert len(pictures_of(message)) == 4
    assert (await studio.job()).message_id == message.id


async def test_a_job_without_a_message_gets_one(studio: Studio) -> None:
    """The bot was killed between the transaction and the answer."""
    studio.expected = (discord.HTTPException,)
    studio.env.inject_error("POST", "/interactions/*", status=500)
    await studio.imagine()
    assert (await studio.job()).message_id is None
    await studio.delivery.deliver_once()
    assert studio.channel.history() == []  # the answer may still be on its way

    studio.clock.advance(11)
    await studio.delivery.deliver_once()
    [message] = studio.channel.history()
    assert "In the queue" in text_of(message)
    assert studio.edits == ["queued"]

    await studio.worker.work()
    await studio.delivery.deliver_once()
    assert [m.id for m in studio.channel.history()] == [message.id]
    assert len(pictures_of(studio.message(message.id))) == 4


async def test_one_progress_edit_a_channel_in_three_seconds(studio: Studio) -> None:
    for _ in range(3):
        await studio.imagine()
    claimed = await studio.worker.claim(12)
    for step in range(1, 7):
        for job in claimed:
            await studio.worker.progress(job, step)
        await studio.delivery.deliver_once()
        studio.clock.advance(1)

    assert edits(studio) == 2

    for job in claimed:
        await studio.worker.finish(job)
    await studio.delivery.deliver_once()
    assert edits(studio) == 5  # results don't wait


async def test_progress_goes_round_the_jobs_of_a_channel(studio: Studio) -> None:
    shown = [(await studio.imagine()).response.id for _ in range(3)]
    for job in await studio.worker.claim(12):
        await studio.worker.progress(job, 4)
    for _ in shown:
        await studio.delivery.deliver_once()
        studio.clock.advance(3)

    assert all("step 4" in text_of(studio.message(message_id)) for message_id in shown)


async def test_a_place_in_the_queue_that_changed_is_shown(studio: Studio) -> None:
    await studio.imagine()
    second = (await studio.imagine(member=studio.bob)).response.id
    await studio.delivery.deliver_once()
    assert edits(studio) == 0  # the answers said it already

    [first] = await studio.worker.claim(1)
    await studio.worker.finish(first)
    for _ in range(3):
        studio.clock.advance(3)
        await studio.delivery.deliver_once()

    assert "next in line" in text_of(studio.message(second))


async def test_when_discord_fails_it_is_tried_again_later(studio: Studio) -> None:
    message = (await studio.imagine()).response
    await studio.worker.work()
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=500, times=1)
    await studio.delivery.deliver_once()
    assert buttons_of(studio.message(message.id)) == ["Cancel"]

    await studio.delivery.deliver_once()
    assert buttons_of(studio.message(message.id)) == ["Cancel"]

    studio.clock.advance(3)
    await studio.delivery.deliver_once()
    assert len(pictures_of(studio.message(message.id))) == 4


async def test_a_channel_without_access_is_given_up_and_delays_nobody(studio: Studio) -> None:
    await studio.imagine()
    other = studio.guild.create_text_channel("other")
    result = await studio.bob.slash(other, "imagine", prompt="a ball")
    await studio.worker.work()
    path = f"/channels/{studio.channel.id}/messages/*"
    studio.env.inject_error("PATCH", path, status=403, code=50001, times=None)
    await studio.delivery.deliver_once()

    assert (await studio.job(1)).delivered_at is not None
    [shown] = [m for m in other.history() if m.id == result.response.id]
    assert len(pictures_of(shown)) == 4


async def test_a_full_channel_that_rests_keeps_no_other_waiting(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH", 2)
    for number in range(2):
        await studio.imagine(f"cube {number}")
    other = studio.guild.create_text_channel("other")
    result = await studio.bob.slash(other, "imagine", prompt="a ball")
    await studio.worker.work()
    path = f"/channels/{studio.channel.id}/messages/*"
    studio.env.inject_error("PATCH", path, status=503, times=None)
    for _ in range(2):
        await studio.delivery.deliver_once()
    [shown] = [m for m in other.history() if m.id == result.response.id]
    assert len(pictures_of(shown)) == 4


async def test_a_job_whose_pictures_are_lost_is_given_up(studio: Studio) -> None:
    await studio.imagine()
    await studio.worker.work()
    async with studio.services.database.read() as session:
        lost = await images.of_job(session, 1)
    for image in lost:
        await studio.services.store.delete(image.signed_key or "")
    for _ in range(12):
        await studio.delivery.deliver_once()
        studio.clock.advance(300)
    assert (await studio.job()).delivered_at is not None


async def test_a_long_queue_is_not_loaded_to_show_one_place_of_it(studio: Studio) -> None:
    await studio.imagine()
    async with studio.services.database.write() as session:
        for number in range(300):
            new = Town(studio.services.database).request(
                studio.alice.id, channel_id=studio.channel.id, request_id=f"more {number}"
            )
            await jobs.enqueue(session, new, studio.clock())
    studio.clock.advance(20)
    loaded = []

    def note(target: object, *_: object) -> None:
        loaded.append(target)

    event.listen(Job, "load", note)
    try:
        await studio.delivery.deliver_once()
    finally:
        event.remove(Job, "load", note)
    assert 0 < len(loaded) < 10


async def refused_for_an_hour(studio: Studio, status: int) -> None:
    await studio.imagine()
    await studio.worker.work()
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=status, times=None)
    for _ in range(12):
        await studio.delivery.deliver_once()
        studio.clock.advance(300)


async def test_what_discord_refuses_again_and_again_is_given_up(studio: Studio) -> None:
    await refused_for_an_hour(studio, 400)

    assert edits(studio) == 8
    assert (await studio.job()).delivered_at is not None


async def test_an_outage_is_waited_for(studio: Studio) -> None:
    await refused_for_an_hour(studio, 503)
    assert (await studio.job()).delivered_at is None

    studio.env.backend.faults.clear()
    await studio.delivery.deliver_once()
    assert (await studio.job()).delivered_at is not None


async def test_forgotten_messages_are_posted_again(studio: Studio) -> None:
    """What local mode does at its start, where the earlier channel is gone."""
    message = await studio.finished()
    async with studio.services.database.write() as session:
        await jobs.forget_messages(session, 10)
    await studio.restart()
    studio.clock.advance(60)
    await studio.delivery.deliver_once()

    first, posted = studio.channel.history()
    assert first.id == message.id
    assert len(pictures_of(posted)) == 4
    result = await studio.alice.click(posted, label="V1 · 1🪙")
    assert not result.ephemeral


async def test_forgotten_messages_of_deleted_pictures_stay_away(studio: Studio) -> None:
    message = await studio.finished()
    await studio.delete(message)
    await studio.sweep()
    async with studio.services.database.write() as session:
        await jobs.forget_messages(session, 10)
    studio.clock.advance(60)
    await studio.delivery.deliver_once()

    assert studio.channel.history() == []
    assert (await studio.job()).delivered_at is not None


async def test_run_delivers_until_it_is_cancelled(studio: Studio) -> None:
    done = asyncio.Event()

    async def note(what: str) -> None:
        if what == "done":
            done.set()

    await studio.imagine()
    running = asyncio.create_task(Delivery(studio.bot, studio.services, note).run())
    await studio.worker.work()
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert running.cancelled()
    assert (await studio.job()).delivered_at is not None


def gone(studio: Studio, code: int) -> None:
    """The channel takes nothing any more, neither edits nor new messages."""
    for method, path in (("PATCH", "messages/*"), ("POST", "messages")):
        where = f"/channels/{studio.channel.id}/{path}"
        studio.env.inject_error(method, where, status=403, code=code, times=None)


@pytest.mark.parametrize("code", [10003, 50001, 50013, 50083])
async def test_what_cannot_be_posted_comes_by_direct_message(studio: Studio, code: int) -> None:
    """The channel is gone; no access; no permission; the thread is closed."""
    await studio.imagine(images=2)
    await studio.worker.work()
    gone(studio, code)
    await studio.delivery.deliver_once()

    [mail] = studio.alice.user.dm_channel.history()
    assert len(pictures_of(mail)) == 2 and buttons_of(mail) == grid(2)
    assert f"could not be posted in <#{studio.channel.id}>" in text_of(mail)
    job = await studio.job()
    assert (job.message_id, job.channel_id, job.private) == (mail.id, mail.channel.id, True)
    assert job.delivered_at is not None

    again = await studio.alice.user.click(mail, custom_id="again:1")
    other = await studio.job(2)
    assert not again.ephemeral
    assert (other.guild_id, other.channel_id, other.private) == (
        studio.guild.id, mail.channel.id, True,
    )  # fmt: skip
    await studio.worker.work()
    await studio.delivery.deliver_once()
    assert len(studio.alice.user.dm_channel.history()) == 2


async def test_a_failed_job_is_told_by_direct_message_too(studio: Studio) -> None:
    await studio.imagine()
    [job] = await studio.worker.claim()
    async with studio.services.database.write() as session:
        await queue.fail(session, job.id, job.attempt, studio.clock(), "broke", retry=False)
    gone(studio, 10003)
    await studio.delivery.deliver_once()

    [mail] = studio.alice.user.dm_channel.history()
    assert "Your credit was returned" in text_of(mail) and "could not be posted" in text_of(mail)


async def test_what_can_be_shown_nowhere_is_kept_and_told_with_the_next_request(
    studio: Studio,
) -> None:
    await studio.imagine()
    await studio.worker.work()
    gone(studio, 10003)
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await studio.delivery.deliver_once()
    assert (await studio.job()).delivered_at is not None
    studio.env.backend.faults.clear()

    said = [await studio.imagine(), await studio.imagine()]
    [told] = said[0].followups
    assert told.ephemeral and "It is kept in your `/history`: `/show 1`" in text_of(told)
    assert said[1].followups == []
    shown = await studio.alice.slash(studio.channel, "show", id="1")
    assert len(pictures_of(answer_of(shown))) == 4


async def test_a_stale_message_is_taken_away_after_the_new_one(studio: Studio) -> None:
    """Discord lets nobody edit an old message as often as they like."""
    old = (await studio.imagine()).response
    await studio.worker.work()
    path = f"/channels/{studio.channel.id}/messages/{old.id}"
    studio.env.inject_error("PATCH", path, status=400, code=30046)
    await studio.delivery.deliver_once()

    [message] = studio.channel.history()
    assert message.id != old.id and len(pictures_of(message)) == 4


async def test_files_that_are_too_large_after_all_are_made_smaller(studio: Studio) -> None:
    message = (await studio.imagine(images=1)).response
    await studio.worker.work(picture=painted(1024, noise=True))
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=413, code=40005, times=6)
    for _ in range(7):
        await studio.delivery.deliver_once()
        studio.clock.advance(600)

    [address] = pictures_of(studio.message(message.id))
    assert address.endswith(".webp")
    assert len(await studio.file(address)) <= 10 * 2**20 // 2**6


async def test_discord_asks_to_slow_down(studio: Studio) -> None:
    message = (await studio.imagine()).response
    await studio.worker.work()
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=429, times=1)
    await studio.delivery.deliver_once()
    studio.clock.advance(600)
    await studio.delivery.deliver_once()

    assert len(pictures_of(studio.message(message.id))) == 4


async def test_private_pictures_come_by_direct_message(studio: Studio) -> None:
    result = await studio.imagine("a red cube", private=True)
    assert "nobody else sees it" in text_of(answer_of(result))
    [mail] = studio.alice.user.dm_channel.history()
    assert "In the queue" in text_of(mail)
    await studio.worker.work()
    await studio.delivery.deliver_once()

    [mail] = studio.alice.user.dm_channel.history()
    assert buttons_of(mail) == grid(4) and studio.channel.history() == []
    [single] = (await studio.alice.user.click(mail, label="U1")).followups
    await studio.alice.user.click(single, label="Variations · 1🪙")
    job = await studio.job(2)
    assert (job.guild_id, job.private) == (studio.guild.id, True)
    for options in ({"id": "1"}, {"id": "1-1"}):
        shown = await studio.bob.slash(studio.channel, "show", **options)
        assert "can see no picture of that number" in text_of(answer_of(shown))
    seen = await studio.bob.slash(studio.channel, "history", user=studio.alice)
    assert "None that you can see" in text_of(answer_of(seen))


async def test_where_direct_messages_are_closed_nothing_private_is_charged(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    result = await studio.imagine(private=True)

    assert "can't send you direct messages" in text_of(answer_of(result))
    assert (await studio.job()).state is State.cancelled
    assert await studio.balance() == 50
