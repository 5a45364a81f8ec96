"""The page for long reviews: who gets in, what it shows, what its buttons do, in a real browser."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import async_playwright, expect
from simcord.actors import MemberActor

from bot.moderation.moderator import IDS, KIND, LIFETIME
from bot.services import Services
from bot.web.links import Links
from bot.web.server import application
from db import bans, blocks, flags, images
from db.flag_tables import CaseState, Deed
from tests.bot.moderation.casework import PASSED, REFUSED, case, deeds, open_card, second_moderator
from tests.bot.studio import Studio, painted, text_of, walk
from tests.bot.web.test_painting import LEAST_CONTRAST, PHONE
from tests.browser import CHROMIUM, NEEDS_CHROMIUM

LINKS = Links("https://art.example.org", b"k" * 32)
HOSTILE = '<script>alert(1)</script> contraband & "more"'


@pytest.fixture
def services(services: Services) -> Services:
    return replace(services, links=LINKS)


@pytest.fixture
async def browser(studio: Studio) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(application(studio.services, studio.bot))) as client:
        yield client


def home(studio: Studio, member: MemberActor | None = None) -> str:
    """The path of a member's own link, whoever they are."""
    whose = studio.guild.id * IDS + (member or studio.moderator).id
    url = LINKS.make(KIND, whose, studio.clock() + LIFETIME)
    return url.removeprefix(LINKS.public_url)


async def press(
    studio: Studio,
    browser: TestClient,
    deed: str,
    by: MemberActor | None = None,
    **fields: str,
) -> tuple[int, str]:
    """Sends the form of case 1 as its page would, and gives what is then shown."""
    fields = {"seen": str(len(await deeds(studio))), **fields}
    answer = await browser.post(f"{home(studio, by)}/1/{deed}", data=fields)
    return answer.status, await answer.text()


async def test_flags_leads_a_moderator_there_and_nobody_else(
    studio: Studio, browser: TestClient
) -> None:
    await studio.imagine(REFUSED)
    result = await studio.moderator.slash(studio.channel, "flags")
    assert result.ephemeral and result.response is not None
    [url] = [c["url"] for c in walk(result.response) if c.get("url")]
    answer = await browser.get(url.removeprefix(LINKS.public_url))
    text = await answer.text()
    assert answer.status == 200 and "Cases in Studio" in text and "1 case" in text
    assert "1 · illegal activity · refused" in text and "alice" in text
    assert text.count("contraband") == 1 and '<p class="words">a crate of contraband' in text

    stranger = studio.env.create_user("stranger")
    for member, status, why in (
        (studio.alice, 422, "may manage messages"),
        (stranger, 410, "not in that server"),
    ):
        refused = await browser.get(home(studio, member))
        assert refused.status == status and why in await refused.text()


async def test_a_case_in_full(studio: Studio, browser: TestClient) -> None:
    await studio.imagine(HOSTILE)
    answer = await browser.get(f"{home(studio)}/1")
    text = await answer.text()
    assert "&lt;script&gt;" in text and "<script" not in text
    assert "<mark>contraband</mark>" in text and "first case" in text and "made" in text
    assert "illegal.contraband v1: is about goods" in text and "/imagine" in text
    assert "Nothing was charged." in text and "Let this prompt pass".lower() in text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_moderator_does_not_learn_who_reported_them(
    studio: Studio, browser: TestClient
) -> None:
    await studio.finished("a red cube", member=studio.moderator)
    shown = await studio.bob.slash(studio.channel, "report", number=1)
    await studio.bob.submit_modal(shown, {"reason": "it shows my house"})
    card = text_of(await open_card(studio))
    page = await (await browser.get(f"{home(studio)}/1")).text()
    for text in (card, page):
        assert "A member reported it" in text and "it shows my house" in text
        assert str(studio.bob.id) not in text and "bob" not in text


async def test_the_deeds_are_those_of_the_buttons(studio: Studio, browser: TestClient) -> None:
    await studio.imagine(REFUSED)
    status, text = await press(studio, browser, "claim", handler="")
    assert status == 200 and "Handled by moderator" in text
    await press(studio, browser, "note", reason="looks like a play")
    await press(studio, browser, "warn", reason="mind the rules")
    await press(studio, browser, "block", reason="a day off", **{"block-length": "24 hours"})
    status, text = await press(studio, browser, "overturn", reason="a play", tick="on")
    assert status == 200 and "Overturned by moderator" in text and "let it pass" in text
    assert "When overturned" not in text
    told = [letter.content for letter in studio.alice.user.dm_channel.history()]
    assert told[-1].startswith("You can use this bot in **Studio** again")

    assert await deeds(studio) == [
        (Deed.claimed, ""),
        (Deed.noted, "looks like a play"),
        (Deed.warned, "mind the rules"),
        (Deed.blocked, "24 hours: a day off"),
        (Deed.overturned, "a play"),
        (Deed.unblocked, ""),
        (Deed.allowed, ""),
    ]
    assert not (await studio.imagine(REFUSED)).ephemeral
    assert (await case(studio)).posted_at is None  # the channel's card is shown anew


async def test_a_tick_that_was_taken_away_stays_so_when_something_was_in_the_way(
    studio: Studio, browser: TestClient
) -> None:
    await studio.imagine(REFUSED)
    async with studio.services.database.write() as session:
        (await flags.get(session, 1)).action = "hold"
    assert 'name="tick" checked' in await (await browser.get(f"{home(studio)}/1")).text()
    status, text = await press(studio, browser, "overturn", seen="7")
    assert status == 409 and 'name="tick" checked' not in text
    status, text = await press(studio, browser, "overturn", seen="7", tick="on")
    assert status == 409 and 'name="tick" checked' in text


async def test_pictures_are_blurred_and_deleted(studio: Studio, browser: TestClient) -> None:
    await studio.imagine(PASSED)
    await studio.worker.work(picture=painted(64, noise=True))
    await studio.delivery.deliver_once()
    text = await (await browser.get(f"{home(studio)}/1")).text()
    assert "Show the pictures, blurred" in text and "The message in Discord" in text
    shown = await browser.get(f"{home(studio)}/1/evidence")
    assert shown.content_type == "image/webp"
    await press(studio, browser, "ban", reason="no copies")
    async with studio.services.database.read() as session:
        assert await bans.of_guild(session, studio.guild.id)
    await press(studio, browser, "unpost", reason="no")
    async with studio.services.database.read() as session:
        assert all(one.deleted_at for one in await images.of_job(session, 1))
    assert (await browser.get(f"{home(studio)}/1/evidence")).status == 200  # kept for the case


async def test_whoever_lost_the_permission_changes_nothing(
    studio: Studio, browser: TestClient
) -> None:
    await studio.imagine(REFUSED)
    fields = {"reason": "because", "block-length": "For good", "timeout-length": "1 day"}
    judging = ["claim", "uphold", "overturn", "warn", "block", "note", "unpost", "ban", "timeout"]
    for deed in judging:
        for member in (studio.alice, studio.bob):
            status, text = await press(studio, browser, deed, by=member, **fields)
            assert status == 422 and "may manage messages" in text, deed
    assert await deeds(studio) == [] and (await case(studio)).state == CaseState.open
    async with studio.services.database.read() as session:
        assert not await blocks.of_user(session, studio.alice.id, studio.guild.id)


async def test_of_two_moderators_at_once_the_second_is_told(
    studio: Studio, browser: TestClient
) -> None:
    """Also one who sends the same form twice."""
    other = second_moderator(studio)
    await studio.imagine(REFUSED)
    await press(studio, browser, "uphold", reason="clear")
    status, text = await press(studio, browser, "overturn", by=other, reason="harmless", seen="0")
    assert status == 409 and "Somebody else was faster" in text and "harmless</textarea>" in text
    status, _ = await press(studio, browser, "warn", reason="mind the rules", seen="0")
    assert status == 409
    assert await deeds(studio) == [(Deed.upheld, "clear")]


async def test_two_warnings_at_once_are_one_letter(studio: Studio, browser: TestClient) -> None:
    """Who lost has told the member nothing."""
    other = second_moderator(studio)
    await studio.imagine(REFUSED)
    both = (press(studio, browser, "warn", by=by, reason="no") for by in (None, other))
    answers = await asyncio.gather(*both)
    assert sorted(status for status, _ in answers) == [200, 409]
    assert await deeds(studio) == [(Deed.warned, "no")]
    assert len(studio.alice.user.dm_channel.history()) == 1


async def test_a_time_out_needs_discords_own_permission(
    studio: Studio, browser: TestClient
) -> None:
    await studio.imagine(REFUSED)
    asked = {"reason": "rest", "timeout-length": "1 hour"}
    assert "Time out" not in await (await browser.get(f"{home(studio)}/1")).text()
    status, text = await press(studio, browser, "timeout", **asked)
    assert status == 409 and "may time members out" in text
    other = second_moderator(studio, moderate_members=True)
    status, text = await press(studio, browser, "timeout", by=other, **asked)
    assert status == 200 and await deeds(studio) == [(Deed.timed_out, "1 hour: rest")]


async def test_nobody_judges_themself(studio: Studio, browser: TestClient) -> None:
    await studio.imagine(REFUSED, studio.moderator)
    text = await (await browser.get(f"{home(studio)}/1")).text()
    assert "another moderator has to decide it" in text and "<button" not in text
    status, text = await press(studio, browser, "overturn", reason="I am innocent")
    assert status == 409 and "about you" in text


async def test_what_is_not_filled_in(studio: Studio, browser: TestClient) -> None:
    await studio.imagine(REFUSED)
    for deed, fields in [
        ("warn", {}),
        ("note", {"reason": "  "}),
        ("block", {"block-length": "1 hour"}),
        ("block", {"reason": "because", "block-length": "100 years"}),
        ("timeout", {"reason": "because"}),
    ]:
        status, text = await press(studio, browser, deed, **fields)
        assert status == 409 and "Nothing was done" in text, (deed, fields)
        assert await deeds(studio) == [], (deed, fields)


async def test_the_list_is_narrowed_and_no_words_stand_in_an_address(
    studio: Studio, browser: TestClient
) -> None:
    await studio.imagine(REFUSED)
    await studio.imagine("contraband in a cellar", studio.bob)
    await press(studio, browser, "uphold")
    here = home(studio)
    for query, shown, hidden in [
        ("", ["2 ·"], ["1 ·"]),
        ("state=", ["1 ·", "2 ·"], []),
        ("state=upheld", ["1 ·"], ["2 ·"]),
        ("state=appealed", ["No case"], ["1 ·", "2 ·"]),
        (f"state=&member={studio.bob.id}", ["2 ·"], ["1 ·"]),
        ("state=&category=hate", ["No case"], ["1 ·", "2 ·"]),
        ("state=%3Cx&member=x&days=9" + "9" * 30 + "&before=-1", ["1 ·", "2 ·"], []),
    ]:
        text = await (await browser.get(f"{here}?{query}")).text()
        assert all(f"<b>{part}" in text or part in text for part in shown), query
        assert not any(f"<b>{part}" in text for part in hidden), query
    found = await browser.post(here, data={"state": "", "words": "cellar"})
    text = await found.text()
    assert "<b>2 ·" in text and "<b>1 ·" not in text
    assert found.url.query_string == "" and not found.history
    moved = await browser.post(here, data={"state": "upheld"}, allow_redirects=False)
    assert moved.status == 303 and "state=upheld" in moved.headers["Location"]


async def test_dead_links_and_foreign_cases(studio: Studio, browser: TestClient) -> None:
    await studio.imagine(REFUSED)
    here = home(studio)
    assert (await browser.get(f"{here}/2")).status == 410
    assert (await browser.get(f"{here}/99999999999999999999")).status == 404
    elsewhere = LINKS.make(KIND, 5 * IDS + studio.moderator.id, studio.clock() + LIFETIME)
    gone = await browser.get(f"{elsewhere.removeprefix(LINKS.public_url)}/1")
    assert gone.status == 410 and "not in this server" in await gone.text()
    studio.clock.advance(LIFETIME.total_seconds() + 1)
    dead = await browser.post(f"{here}/1/uphold", data={"seen": "0"})
    assert dead.status == 410 and "not valid any more" in await dead.text()
    assert await deeds(studio) == []


@pytest.mark.slow
@NEEDS_CHROMIUM
@pytest.mark.parametrize("wide", [False, True])
async def test_a_review_in_the_browser(
    studio: Studio, browser: TestClient, tmp_path: Path, wide: bool
) -> None:
    """By keyboard where there is room for one, by touch on a phone."""
    folder = Path(os.environ.get("PICTURES", tmp_path))
    await studio.imagine(f"{REFUSED}, in the long style of a story " + "that goes on " * 20)
    await studio.finished(PASSED, member=studio.bob)
    shape = {"viewport": {"width": 1280, "height": 900}} if wide else PHONE
    name = "wide" if wide else "phone"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM)
        tab = await chromium.new_page(**shape)
        await tab.goto(str(browser.make_url(home(studio))))
        assert await tab.evaluate(LEAST_CONTRAST) >= 4.5
        assert (
            await tab.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
        )
        await expect(tab.get_by_text("that goes on")).to_be_hidden()
        await tab.get_by_text("Prompt of case 2").click()
        await expect(tab.get_by_text(PASSED)).to_be_visible()
        await tab.screenshot(path=folder / f"review-list-{name}.png", full_page=True)
        await tab.get_by_role("link", name="1 · illegal activity").press("Enter")
        await expect(tab.get_by_text("that goes on")).to_be_hidden()
        await tab.get_by_text("Show the prompt").click()
        await expect(tab.locator("mark")).to_have_text("contraband")
        await tab.screenshot(path=folder / f"review-case-{name}.png", full_page=True)
        assert await tab.evaluate(LEAST_CONTRAST) >= 4.5
        assert (
            await tab.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
        )
        await tab.get_by_label("let this prompt pass").press("Enter")
        await expect(tab.get_by_role("alert")).to_contain_text("Please write why")
        assert await deeds(studio) == [], "Enter decides nothing"
        await tab.get_by_role("button", name="Warn").click()
        await expect(tab.get_by_role("alert")).to_contain_text("Please write why")
        await tab.get_by_label("Why?").fill("please read the rules")
        await tab.get_by_role("button", name="Warn").click()
        await expect(tab.get_by_text("warned the member: please read the rules")).to_be_visible()
        await tab.get_by_label("Block for").select_option("24 hours")
        await tab.get_by_label("Why?").fill("again")
        await tab.get_by_role("button", name="Block").click()
        await expect(tab.get_by_text("blocked the member: 24 hours: again")).to_be_visible()
        await tab.get_by_role("button", name="Uphold").click()
        await expect(tab.get_by_text("Upheld by moderator")).to_be_visible()
        await tab.screenshot(path=folder / f"review-done-{name}.png", full_page=True)
        await tab.get_by_role("link", name="Next waiting: 2").click()
        await tab.get_by_text("Show the pictures, blurred").click()
        await expect(tab.get_by_alt_text("The pictures of this case, blurred")).to_be_visible()
        await tab.screenshot(path=folder / f"review-pictures-{name}.png", full_page=True)
        assert "contraband" not in tab.url
        await chromium.close()
    assert [deed for deed, _ in await deeds(studio)] == [Deed.warned, Deed.blocked, Deed.upheld]
