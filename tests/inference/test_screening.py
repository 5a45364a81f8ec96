"""The worker with its checks: what is refused is refunded and leaves a case; the rest is drawn."""

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from db import bans, flags, guilds, images
from db.engine import utcnow
from db.flag_tables import Flag
from db.flags import NewFlag, Search
from db.tables import Operation, State
from fingerprint import fingerprint
from inference.safety.check import Check, Finding, Subject
from inference.screening import Screen
from tests.inference.safety.conftest import photograph
from tests.inference.shop import FRIEND, MEMBER, Shop

GUILD = 1


async def cases(shop: Shop) -> list[Flag]:
    async with shop.database.read() as session:
        return await flags.find(session, GUILD, Search(), 10)


async def vary(shop: Shop, request: str, *sources: int, **more: object) -> int:
    operation = Operation.interpolate if len(sources) == 2 else Operation.variation
    return await shop.order(request, MEMBER, operation, sources=list(sources), t=0.5, **more)


async def test_a_face_is_refused_refunded_and_kept_as_evidence(shop: Shop) -> None:
    portrait = photograph()
    job_id = await vary(shop, "a", await shop.bring(portrait), prompt="my neighbour")
    other = await vary(shop, "b", await shop.bring(Image.effect_noise((64, 64), 90)))
    assert await shop.worker.work_once() == 2
    job = await shop.job(job_id)
    assert (job.state, job.error, job.attempt) == (State.rejected, "faces", 1)
    assert (await shop.job(other)).state is State.succeeded
    assert await shop.balance() == 49
    [case] = await cases(shop)
    assert job.result == {"case": case.id}
    assert (case.stage, case.action, case.rule, case.points) == ("upload", "block", "face", 0)
    assert case.prompt == "my neighbour" and case.scores["face"] == 1
    assert case.evidence_key is not None
    kept = Image.open(io.BytesIO(await shop.store.get(case.evidence_key)))
    assert kept.size == (256, 256)
    async with shop.database.read() as session:
        assert await images.of_job(session, job_id) == []


async def test_a_face_in_the_second_of_two_pictures_is_found(shop: Shop) -> None:
    plain = await shop.bring(Image.effect_noise((64, 64), 90))
    job_id = await vary(shop, "a", plain, await shop.bring(photograph()), prompt="")
    await shop.worker.work_once()
    assert (await shop.job(job_id)).state is State.rejected


async def test_what_moderators_let_pass_is_drawn_and_sent_again_it_adds_to_its_case(
    shop: Shop, tmp_path: Path
) -> None:
    for request in ("a", "b"):
        await vary(shop, request, await shop.bring(photograph()))
        await shop.worker.work_once()
    [case] = await cases(shop)
    assert case.tries == 2 and case.evidence_key is not None
    evidence = list((tmp_path / "images/evidence").iterdir())
    assert [f"evidence/{file.name}" for file in evidence] == [case.evidence_key]
    async with shop.database.write() as session:
        await guilds.allow(
            session, GUILD, case.normalised, flag_id=case.id, actor_id=9, now=utcnow()
        )
    job_id = await vary(shop, "c", await shop.bring(photograph()))
    await shop.worker.work_once()
    assert (await shop.job(job_id)).state is State.succeeded
    changed = photograph().resize((256, 300))
    job_id = await vary(shop, "d", await shop.bring(changed))
    await shop.worker.work_once()
    assert (await shop.job(job_id)).state is State.rejected


async def test_a_banned_picture_is_refused_in_its_server(shop: Shop) -> None:
    noise = Image.effect_noise((64, 64), 90).convert("RGB")
    mark = fingerprint(noise)
    assert mark
    async with shop.database.write() as session:
        await bans.add(session, GUILD, mark, actor_id=9, now=utcnow())
    job_id = await vary(shop, "a", await shop.bring(noise.resize((128, 128))))
    await shop.worker.work_once()
    assert (await shop.job(job_id)).error == "banned"
    async with shop.database.write() as session:
        assert await bans.lift(session, GUILD, mark, actor_id=9, now=utcnow()) == 1
    job_id = await vary(shop, "b", await shop.bring(noise))
    await shop.worker.work_once()
    assert (await shop.job(job_id)).state is State.succeeded


def screen(shop: Shop, check: Check) -> None:
    """Gives the worker that check alone."""
    shop.worker._checks = Screen(shop.database, shop.store, [check], {})


def finding(act: str, stage: str) -> Finding:
    return Finding(act, stage, "sexual", "test", 1, {"test": 0.9})  # type: ignore[arg-type]


async def test_refused_pictures_are_not_stored_and_the_others_of_the_batch_are(shop: Shop) -> None:
    def check(subjects: Sequence[Subject]) -> list[Finding | None]:
        bad = [s.stage == "output" and s.prompt == "a bad cube" for s in subjects]
        return [finding("block", "output") if is_bad else None for is_bad in bad]

    screen(shop, check)
    bad = await shop.order("a", prompt="a bad cube")
    good = await shop.order("b", FRIEND, prompt="a good cube")
    assert await shop.worker.work_once() == 2
    assert [(await shop.job(i)).state for i in (bad, good)] == [State.rejected, State.succeeded]
    assert await shop.balance() == 50
    [case] = await cases(shop)
    assert (case.stage, case.job_id, case.normalised) == ("output", bad, "")
    async with shop.database.read() as session:
        assert await images.of_job(session, bad) == []


async def test_a_flag_lets_the_job_go_on(shop: Shop) -> None:
    screen(shop, lambda ss: [finding("flag", "output") if s.pictures else None for s in ss])
    job_id = await shop.order("a")
    await shop.worker.work_once()
    assert (await shop.job(job_id)).state is State.succeeded
    [case] = await cases(shop)
    assert (case.action, case.job_id, case.points) == ("flag", job_id, 0)


@pytest.mark.parametrize("stage", ["upload", "output"])
async def test_a_check_that_breaks_lets_nothing_pass(shop: Shop, stage: str) -> None:
    def check(subjects: Sequence[Subject]) -> list[Finding | None]:
        if subjects[0].stage == stage:
            raise RuntimeError("broken")
        return [None] * len(subjects)

    screen(shop, check)
    job_id = await shop.order("a")
    states = []
    for _ in range(3):
        await shop.worker.work_once()
        states.append((await shop.job(job_id)).state)
    assert states == [State.queued, State.queued, State.failed]
    assert await shop.balance() == 50
    assert await cases(shop) == []


async def test_the_checks_know_for_what_the_prompt_was_flagged_and_what_the_server_chose(
    shop: Shop,
) -> None:
    seen: list[Subject] = []

    def check(subjects: Sequence[Subject]) -> list[None]:
        seen.extend(subjects)
        return [None] * len(subjects)

    screen(shop, check)
    job_id = await shop.order("a", prompt="a lie")
    async with shop.database.write() as session:
        noticed = NewFlag(MEMBER, GUILD, 2, "prompt", "deception", "r", None, "a lie", "flag")
        flag = await flags.add(session, noticed, utcnow())
        await flags.set_job(session, flag.id, job_id)
        await guilds.set_action(session, GUILD, "faces", "allow")
    await shop.worker.work_once()
    assert [(s.stage, len(s.pictures)) for s in seen] == [("upload", 0), ("output", 2)]
    assert {s.concerns for s in seen} == {frozenset({"deception"})}
    assert all(s.prompt == "a lie" and s.actions == {"faces": "allow"} for s in seen)


async def test_a_prompt_that_a_guard_refuses_is_a_case_until_moderators_let_it_pass(
    shop: Shop,
) -> None:
    def guard(subjects: Sequence[Subject]) -> list[Finding | None]:
        bad = [s.stage == "upload" and "brawl" in s.prompt for s in subjects]
        return [
            Finding("block", "prompt", "violence", "guard") if is_bad else None for is_bad in bad
        ]

    screen(shop, guard)
    brought = await shop.bring(Image.effect_noise((64, 64), 90))
    bad = await vary(shop, "a", brought, prompt="a street", before="a brawl")
    good = await vary(shop, "b", brought, prompt="a street")
    await shop.worker.work_once()
    assert [(await shop.job(i)).state for i in (bad, good)] == [State.rejected, State.succeeded]
    assert await shop.balance() == 49
    [case] = await cases(shop)
    assert (case.stage, case.category, case.action, case.points) == (
        "prompt",
        "violence",
        "block",
        0,
    )
    assert case.prompt == "a brawl\na street", "both texts are judged and shown"
    assert case.evidence_key is None, "the words are the evidence"
    async with shop.database.write() as session:
        await guilds.allow(
            session, GUILD, case.normalised, flag_id=case.id, actor_id=9, now=utcnow()
        )
    again = await vary(shop, "c", brought, prompt="a street", before="a brawl")
    await shop.worker.work_once()
    assert (await shop.job(again)).state is State.succeeded
