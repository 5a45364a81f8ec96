"""Requests become jobs once, wait in sight, and reach their messages."""

from datetime import timedelta

import pytest

from db import credits, jobs, lanes
from db.tables import State
from tests.db.town import NOW, PLAN, Town


async def test_a_replayed_request_is_one_job(town: Town):
    first = await town.submit(request_id="interaction")
    await town.finish((await town.claim())[0])
    again = await town.submit(request_id="interaction")
    assert (first.created, again.created) == (True, False)
    assert again.job.id == first.job.id
    assert await town.balance() == 49


async def test_a_second_click_shows_the_first_job(town: Town):
    click = {"source_message_id": 77, "custom_id": "v:1:2"}
    first = await town.submit(**click)
    assert (await town.submit(**click)).job.id == first.job.id
    assert (await town.submit(**click | {"custom_id": "v:1:3"})).created
    assert (await town.submit(**click | {"source_message_id": 78})).created
    assert (await town.submit(user=2, **click)).created
    assert await town.balance() == 47


async def test_a_click_on_what_is_done_makes_another(town: Town):
    click = {"source_message_id": 77, "custom_id": "v:1:2"}
    first = await town.running(**click)
    assert not (await town.submit(**click)).created
    await town.finish(first)
    assert (await town.submit(**click)).created


async def test_two_commands_are_two_jobs(town: Town):
    assert (await town.submit()).created
    assert (await town.submit()).created


async def test_a_job_keeps_what_was_asked(town: Town):
    asked = await town.ask(params={"prompt": "ball 🎈", "images": 1, "seed": 2**32 - 1})
    job = await town.job(asked)
    assert job.params == {"prompt": "ball 🎈", "images": 1, "seed": 2**32 - 1}
    assert (job.user_id, job.guild_id, job.channel_id) == (1, 2, 3)
    assert job.created_at == NOW


async def test_a_member_sees_only_their_own(town: Town):
    running = await town.running()
    waiting = await town.ask()
    await town.ask(user=2)
    async with town.database.read() as session:
        mine = await jobs.unfinished(session, 1)
        assert await jobs.get(session, 999) is None
    assert [job.id for job in mine] == [running.id, waiting.id]


async def test_delivery(town: Town):
    """Ended jobs, the first to end first, until they are delivered."""
    first, second, _third = [await town.ask() for _ in range(3)]
    for job in (second, first):
        town.later(1)
        await town.cancel(job)
    assert [job.id for job in await town.do(jobs.to_deliver, 10)] == [second.id, first.id]
    assert [job.id for job in await town.do(jobs.to_deliver, 1)] == [second.id]
    await town.do(jobs.mark_delivered, second.id, town.now)
    assert [job.id for job in await town.do(jobs.to_deliver, 10)] == [first.id]


async def test_messages(town: Town):
    asked = await town.ask()
    assert asked.message_id is None
    await town.do(jobs.set_message, asked.id, 30, 40)
    job = await town.job(asked)
    assert (job.channel_id, job.message_id) == (30, 40)


async def test_forgetting_messages(town: Town):
    """The newest ended ones are to be delivered again; what is under way needs a message."""
    old, new, running = [await town.ask() for _ in range(3)]
    for number, job in enumerate((old, new, running)):
        await town.do(jobs.set_message, job.id, 30, 40 + number)
    for job in (old, new):
        await town.cancel(job)
        await town.do(jobs.mark_delivered, job.id, town.now)
    await town.do(jobs.forget_messages, 1)
    assert [job.id for job in await town.do(jobs.to_deliver, 10)] == [new.id]
    kept = [(await town.job(job)).message_id for job in (old, new, running)]
    assert kept == [40, None, None]


async def test_a_lane_shows_its_card(town: Town):
    assert await town.do(lanes.card, "mini") is None
    await town.ask()
    assert await town.do(lanes.card, "mini") is None
    await town.do(lanes.register, "mini", {"size": 256})
    await town.do(lanes.register, "mini", {"size": 512})
    assert await town.do(lanes.card, "mini") == {"size": 512}


async def test_a_new_worker_does_not_turn_the_clock_back(town: Town):
    for _ in range(3):
        await town.running()
    await town.do(lanes.register, "mini", {})
    newcomer = await town.ask(user=2)
    assert newcomer.vstart == 2


async def test_times_come_back_as_they_went(town: Town):
    """Whatever zone the database or the caller lives in."""
    await town.do(credits.enrol, 1, NOW.astimezone(), PLAN)
    user = await town.user()
    assert user.created_at == NOW
    assert user.created_at.utcoffset() == timedelta(0)


async def test_a_stranger_can_not_queue(town: Town):
    with pytest.raises(Exception, match="No row"):
        await town.do(jobs.enqueue, town.request(user=404), NOW)
    assert await town.claim() == []


async def test_states_are_words(town: Town):
    """So that a person who looks into the database can read it."""
    assert str((await town.running()).state) == "running"
    assert State("running") is State.running
