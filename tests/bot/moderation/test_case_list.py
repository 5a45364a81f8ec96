"""The cases of a server, narrowed, page by page, and as files."""

import csv
import io
import json

from simcord.results import InteractionResult

from tests.bot.moderation.casework import (
    PASSED,
    REFUSED,
    attached,
    fill,
    open_card,
    said,
)
from tests.bot.studio import Studio, buttons_of, text_of


async def test_the_list_narrows_and_turns_its_page(studio: Studio) -> None:
    for number in range(8):
        await studio.imagine(f"contraband {number} of kind {number} in place {number}")
        studio.clock.advance(86400 * 2)
    await studio.imagine(PASSED, member=studio.bob)
    page = said(await studio.moderator.slash(studio.channel, "flags"))
    assert "9 cases" in text_of(page)
    assert buttons_of(page) == ["Open"] * 6 + ["Older"]
    await studio.moderator.click(page, label="Older")
    assert buttons_of(page) == ["Open"] * 3

    async def found(**wanted: object) -> str:
        return text_of(said(await studio.moderator.slash(studio.channel, "mod cases", **wanted)))

    assert "1 case" in await found(member=studio.bob)
    assert "kind 7" in await found(words="KIND 7") and "1 case" in await found(words="KIND 7")
    assert "None" in await found(category="sexual")
    assert "None" in await found(state="upheld")
    assert "2 cases" in await found(days=3)

    assert "appeal" not in await found(state="open") and "None" in await found(state="appealed")
    form = await studio.alice.click(
        said(await studio.alice.slash(studio.channel, "mywarnings")), label="Appeal 7"
    )
    await studio.alice.submit_modal(form, {"reason": "a museum"})
    assert "9 cases, 1 of them appealed: `/mod cases` lists those" in await found(state="open")
    appealed = await found(state="appealed")
    assert "1 case\n" in appealed and "kind 6" in appealed
    await fill(studio, await open_card(studio, 7), "Uphold")
    assert "None" in await found(state="appealed")


async def test_the_files_hold_every_case(studio: Studio, refused: InteractionResult) -> None:
    await studio.imagine("=contraband")
    result = await studio.moderator.slash(studio.channel, "mod export")
    table = list(csv.DictReader(io.StringIO(await attached(studio, result))))
    assert [row["prompt"] for row in table] == ["'=contraband", REFUSED]
    assert table[1]["user_id"] == str(studio.alice.id)
    result = await studio.moderator.slash(studio.channel, "mod export", format="jsonl")
    lines = [json.loads(line) for line in (await attached(studio, result)).splitlines()]
    assert [line["prompt"] for line in lines] == ["=contraband", REFUSED]
    assert "keep it to the team" in text_of(said(result))
