"""How a case's card looks at each of its states, in a real browser.

With PICTURES set to a folder the card that the guide for moderators shows is put there.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from bot.local import catch_up
from bot.moderation.desk import Desk
from db import guilds
from tests.bot.moderation.casework import PASSED, REFUSED, fill, open_card, second_moderator
from tests.bot.studio import Studio, painted
from tests.browser import CHROMIUM, NEEDS_CHROMIUM
from tests.program import ROOT

STATES = {
    1: ("tried-again", "4 tries"),
    2: ("passed", "let through"),
    3: ("claimed", "Handled by"),
    4: ("appealed", "appealed"),
    5: ("overturned", "Overturned by"),
}


async def five_cases(studio: Studio) -> None:
    """One case for each state that a moderator meets."""
    for number in range(4):
        await studio.imagine(f"{REFUSED} by the sea at night, oil on canvas{'!' * number}")
    await studio.imagine(PASSED, member=studio.bob)
    await studio.worker.work(picture=painted(256, noise=True))
    studio.clock.advance(4000)
    for words in ("a shop full of contraband", "contraband in a museum", "wholly other contraband"):
        await studio.imagine(words, member=studio.bob)
    other = second_moderator(studio)
    await other.click(await open_card(studio, 3, by=other), label="Claim")
    await fill(studio, await open_card(studio, 4), "Uphold", reason="It shows how to do it.")
    mine = await studio.bob.slash(studio.channel, "mywarnings")
    form = await studio.bob.click(mine.response, label="Appeal 4")
    await studio.bob.submit_modal(form, {"reason": "It is about a famous museum of smuggling."})
    await fill(studio, await open_card(studio, 5), "Overturn", reason="A pun.", tick=True)


@pytest.mark.slow
@NEEDS_CHROMIUM
async def test_cards(studio: Studio, tmp_path: Path) -> None:
    folder = ROOT / os.environ.get("PICTURES", tmp_path)
    room = studio.guild.create_text_channel("mods")
    await five_cases(studio)
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, mod_channel_id=room.id)
    await Desk(studio.bot, studio.services).post_once()
    await catch_up(studio.env, studio.clock)
    viewers = [studio.moderator]
    async with (
        studio.env.preview(room, viewers=viewers, layout="channel") as preview,
        async_playwright() as playwright,
    ):
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM)
        tab = await chromium.new_page(viewport={"width": 720, "height": 2600})
        await tab.goto(preview.url)
        cards = tab.locator("#channel-message-list article")
        await expect(cards).to_have_count(len(STATES))
        for number, (name, shown) in STATES.items():
            card = cards.nth(number - 1)
            await expect(card).to_contain_text(f"Case {number} ")
            await expect(card).to_contain_text(shown)
            assert await card.evaluate("e => e.scrollWidth <= e.clientWidth"), name
            kept = folder if name == "appealed" else tmp_path
            await card.screenshot(path=kept / f"case-{name}.png")
        await chromium.close()
