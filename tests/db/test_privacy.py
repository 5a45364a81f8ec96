"""What is taken away from a member and what stays, on both databases."""

from datetime import timedelta

from sqlalchemy import select

from db import admissions, bans, cases, credits, flags, images, jobs, privacy, queue
from db.engine import Database, utcnow
from db.flag_tables import CaseState
from db.flags import Search
from db.tables import Edit, Favourite, Image, Job, LedgerEntry, Lot, Operation, State
from tests.db.test_flags import noticed
from tests.db.town import PLAN, Town

MEMBER, OTHER = 5, 6
NOW = utcnow()


async def asked(town: Town, user: int = MEMBER) -> Job:
    """A finished request with one picture."""
    job = await town.ask(user, cost=1)
    async with town.database.write() as session:
        [mine] = await queue.claim(session, job.lane, "worker", 1, 30, NOW)
        keys = [f"{job.id}/{kind}.png" for kind in ("master", "signed")]
        await images.add(session, job.id, 0, 1, 8, 8, *keys, "digest", [], NOW)
        await queue.finish(session, mine.id, mine.attempt, NOW, {"unknown_words": ["secret"]})
    return job


async def all_of(database: Database, *query: object) -> list[object]:
    async with database.read() as session:
        return list(await session.scalars(select(query[0]).where(*query[1:])))


async def test_the_ledger_stays_and_names_nobody(database: Database) -> None:
    town = Town(database)
    await asked(town)
    before = await town.balance(MEMBER)
    async with database.write() as session:
        gone = await privacy.forget(session, MEMBER, town.now)
    assert (gone.requests, gone.pictures) == (1, 1)
    assert await town.balance(MEMBER) == before

    kinds = [e.kind for e in await all_of(database, LedgerEntry, LedgerEntry.user_id == MEMBER)]
    assert kinds == ["kept"]
    past = await all_of(database, LedgerEntry, LedgerEntry.user_id < 0)
    assert [entry.kind for entry in past] == ["grant", "spend", "kept"]
    assert sum(entry.amount for entry in past) == 0
    [old] = await all_of(database, Lot, Lot.user_id < 0)
    [new] = await all_of(database, Lot, Lot.user_id == MEMBER)
    assert (old.remaining, new.remaining, new.expires_at) == (0, before, old.expires_at)
    async with database.write() as session:
        await credits.enrol(session, MEMBER, town.now, PLAN)
    assert await town.balance(MEMBER) == before, "no second first month"


async def test_words_pictures_and_choices_are_gone(database: Database) -> None:
    town = Town(database)
    job = await asked(town)
    async with database.write() as session:
        brought = await images.bring(session, MEMBER, 8, 8, "brought/1.png", "digest", NOW)
        await images.star(session, MEMBER, 1, NOW)
        session.add(
            Edit(
                user_id=MEMBER,
                channel_id=1,
                role_ids=[],
                image_id=brought.id,
                prompt="my home",
                created_at=NOW,
            )
        )
        await admissions.keep_wish(session, MEMBER, "click", "/imagine", {"prompt": "my home"}, NOW)
        await admissions.accept(session, MEMBER, NOW)
    async with database.write() as session:
        gone = await privacy.forget(session, MEMBER, town.now)
        assert gone.pictures == 2
        assert await privacy.requests(session, MEMBER) == []
        assert await privacy.pictures(session, MEMBER) == []
        assert not await admissions.has_accepted(session, MEMBER)
    for table in (Edit, Favourite):
        assert await all_of(database, table) == []
    [kept] = await all_of(database, Job, Job.id == job.id)
    assert kept.user_id < 0 and kept.params["prompt"] == "" and kept.result == {}
    async with database.read() as session:
        due = await images.to_erase(session, town.now + timedelta(seconds=1), 0, 10)
    assert len(due) == 2


async def test_what_waits_is_cancelled_and_comes_back(database: Database) -> None:
    town = Town(database)
    job = await town.ask(MEMBER, cost=1)
    async with database.write() as session:
        await privacy.forget(session, MEMBER, town.now)
    assert await town.balance(MEMBER) == PLAN.first_month
    [kept] = await all_of(database, Job, Job.id == job.id)
    assert (kept.state, kept.delivered_at is not None) == (State.cancelled, True)


async def test_open_cases_stay_whole_and_decided_ones_are_emptied(database: Database) -> None:
    town = Town(database)
    job = await asked(town)
    async with database.write() as session:
        still_open = await flags.add(session, noticed(user_id=MEMBER, prompt="one"), NOW)
        decided = await flags.add(session, noticed(user_id=MEMBER, prompt="two"), NOW)
        for case in (still_open, decided):
            await flags.set_job(session, case.id, job.id)
            await flags.set_evidence(session, case.id, f"evidence/{case.id}.webp")
        decided.state = CaseState.upheld
        both = [still_open.id, decided.id]
    async with database.write() as session:
        gone = await privacy.forget(session, MEMBER, town.now)
    assert (gone.open_cases, gone.evidence) == (1, [f"evidence/{both[1]}.webp"])
    async with database.read() as session:
        one, two = [await flags.get(session, number) for number in both]
    assert one and (one.prompt, one.job_id, bool(one.evidence_key)) == ("one", job.id, True)
    assert two and (two.prompt, two.job_id, two.evidence_key) == ("", None, None)
    assert (two.user_id, two.state) == (MEMBER, CaseState.upheld)


async def test_nobody_else_loses_anything(database: Database) -> None:
    town = Town(database)
    theirs = await asked(town, OTHER)
    await asked(town)
    async with database.write() as session:
        await privacy.forget(session, MEMBER, town.now)
        await privacy.forget(session, 777, town.now)
        assert [job.id for job in await privacy.requests(session, OTHER)] == [theirs.id]
        assert len(await privacy.pictures(session, OTHER)) == 1
        assert theirs.params["prompt"]


async def test_messages_are_left_behind_until_they_are_gone(database: Database) -> None:
    town = Town(database)
    job = await asked(town)
    async with database.write() as session:
        await jobs.set_message(session, job.id, 3, 4)
        assert await privacy.left_behind(session, 10) == []
        await privacy.forget(session, MEMBER, town.now)
    async with database.write() as session:
        [left] = await privacy.left_behind(session, 10)
        assert (left.channel_id, left.message_id) == (3, 4)
        await privacy.message_gone(session, job.id)
        assert await privacy.left_behind(session, 10) == []


async def test_what_was_kept_long_enough(database: Database) -> None:
    town = Town(database)
    job = await asked(town)
    async with database.write() as session:
        await images.bring(session, MEMBER, 8, 8, "brought/1.png", "digest", NOW)
    hour = timedelta(hours=1)
    async with database.write() as session:
        early = await privacy.retire(session, NOW - hour, NOW - hour, NOW)
        assert (early.uploads, early.pictures, early.requests) == (0, 0, 0)
        uploads = await privacy.retire(session, NOW + hour, None, NOW)
        assert (uploads.uploads, uploads.pictures, uploads.requests) == (1, 0, 0)
        made = await privacy.retire(session, NOW + hour, NOW + hour, NOW)
        assert (made.uploads, made.pictures, made.requests) == (0, 1, 1)
        again = await privacy.retire(session, NOW + hour, NOW + hour, NOW)
        assert (again.uploads, again.pictures, again.requests) == (0, 0, 0)
    [kept] = await all_of(database, Job, Job.id == job.id)
    assert (kept.user_id, kept.operation) == (MEMBER, Operation.text_to_image)
    assert kept.params["prompt"] == ""


async def test_old_cases_are_emptied_and_still_counted(database: Database) -> None:
    day = timedelta(days=1)
    async with database.write() as session:
        old = await flags.add(session, noticed(prompt="one"), NOW - 91 * day)
        await flags.add_again(session, old, noticed(prompt="once more"), 3, NOW - 91 * day)
        await flags.set_evidence(session, old.id, "evidence/1.webp")
        young = await flags.add(session, noticed(prompt="two"), NOW - 89 * day)
        appealed = await flags.add(session, noticed(prompt="three"), NOW - 91 * day)
        await cases.appeal(session, appealed, 1, "a play", NOW - day)
        numbers = [old.id, young.id, appealed.id]
    async with database.write() as session:
        due = await privacy.old_cases(session, NOW - 90 * day, 0, 9)
        assert [flag.id for flag in due] == numbers[:1]
        await privacy.empty_cases(session, due)
    async with database.read() as session:
        assert await privacy.old_cases(session, NOW - 90 * day, 0, 9) == []
        found = [await flags.get(session, number) for number in numbers]
        assert [flag and flag.prompt for flag in found] == ["", "two", "three"]
        assert found[0] and (found[0].tries, found[0].category) == (2, "violence")
        assert [entry.text for entry in await cases.history(session, numbers[0])] == [""]
        assert await flags.count(session, 2, Search()) == 3


async def test_an_erased_upload_leaves_nothing_to_know_it_by(database: Database) -> None:
    """But where moderators still look at it; and a ban knows the picture by itself."""
    digests = {"plain": "a" * 64, "open": "b" * 64, "decided": "c" * 64, "there": "d" * 64}
    async with database.write() as session:
        ids = {}
        for name, digest in digests.items():
            mark = digest[::-1]
            image = await images.bring(session, MEMBER, 8, 8, f"{name}.png", digest, NOW, mark)
            ids[image.id] = name
        for name in ("open", "decided"):
            case = noticed(user_id=MEMBER, stage="upload", normalised=f"{'e' * 64} {digests[name]}")
            flag = await flags.add(session, case, NOW)
            if name == "decided":
                await cases.decide(session, flag, OTHER, CaseState.upheld, "", NOW)
        erased = [image_id for image_id, name in ids.items() if name != "there"]
        for image_id in erased:
            await images.mark_erased(session, image_id, NOW)
        await bans.add(session, 1, digests["plain"], actor_id=OTHER, now=NOW)
        assert await privacy.drop_marks(session) == 2
        assert await privacy.drop_marks(session) == 0
    kept = await all_of(database, Image)
    assert {ids[i.id]: bool(i.sha256) for i in kept} == {
        "plain": False, "open": True, "decided": False, "there": True,
    }  # fmt: skip
    assert [i.fingerprint is None for i in kept] == [not i.sha256 for i in kept]
    async with database.read() as session:
        assert await bans.of_guild(session, 1) == [digests["plain"]]
