"""Charts that moderators post, and what they say to who doesn't see them."""

import io
from collections import Counter
from datetime import date

import pytest
from PIL import Image as Pillow

from bot.charts import COLOURS, Panel, draw
from bot.presenters.stats import case_panels
from db import cases
from db.flag_tables import CaseState
from db.stats import CaseDay
from tests.bot.studio import Studio, answer_of, pictures_of, text_of, walk


def colours_of(png: bytes) -> set[str]:
    with Pillow.open(io.BytesIO(png)) as picture:
        found = picture.convert("RGB").getcolors(2**24)
    return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in found}


async def test_moderators_post_charts(studio: Studio) -> None:
    await studio.finished(images=3)
    await studio.imagine("a crate of contraband")
    result = await studio.moderator.slash(studio.channel, "stats pictures", days=7)
    message = result.followups[0] if result.followups else result.response
    assert not result.ephemeral
    assert "The last 7 days" in text_of(message) and "3 pictures, 1 refusal." in text_of(message)
    [shown] = [item for c in walk(message) if c["type"] == 12 for item in c["items"]]
    assert shown["description"].startswith("3 pictures, 1 refusal.")
    [posted] = pictures_of(studio.channel.history(viewer=studio.bob)[-1])
    data = await studio.file(posted)
    assert Pillow.open(io.BytesIO(data)).size == (1200, 600)
    assert COLOURS[0] in colours_of(data)


async def test_a_server_without_a_picture_has_charts_too(studio: Studio) -> None:
    result = await studio.moderator.slash(studio.channel, "stats pictures")
    message = result.followups[0] if result.followups else result.response
    assert "0 pictures, 0 refusals." in text_of(message)


async def test_moderators_see_what_became_of_cases(studio: Studio) -> None:
    await studio.imagine("a crate of contraband")
    await studio.imagine("a smuggler", member=studio.bob)
    studio.clock.advance(5 * 3600)
    async with studio.services.database.write() as session:
        flag = await cases.of_guild(session, 1, studio.channel.guild.id)
        await cases.decide(session, flag, 7, CaseState.upheld, "", studio.clock())
    result = await studio.moderator.slash(studio.channel, "stats moderation", days=7)
    message = answer_of(result)
    assert result.ephemeral
    assert "Cases of the last 7 days" in text_of(message)
    said = "2 cases: 1 upheld, 0 overturned, 1 open. Half were decided within about 5 h."
    assert said in text_of(message)
    [shown] = [item for c in walk(message) if c["type"] == 12 for item in c["items"]]
    assert shown["description"] == said


def test_charts_of_cases_show_every_count() -> None:
    first = CaseDay(
        date(2026, 3, 9),
        Counter(prompt=5, report=1),
        Counter({"sexual_minors": 1, "hate": 2, "": 1, "violence": 1, "spam": 1}),
        Counter({CaseState.open: 1, CaseState.claimed: 2, CaseState.upheld: 3}),
        [3600.0, 7200.0, 36000.0],
    )
    stages, categories, outcomes, waits = case_panels([first, CaseDay(date(2026, 3, 10))])
    assert stages.labels == ["9 Mar", "10 Mar"]
    assert {name: row for name, row in stages.series.items() if any(row)} == {
        "prompt": [5, 0],
        "report": [1, 0],
    }
    assert categories.series == {
        "hate": [2, 0],
        "sexual minors": [1, 0],
        "report": [1, 0],
        "others": [2, 0],
    }
    assert outcomes.series == {"upheld": [3, 0], "overturned": [0, 0], "open": [3, 0]}
    assert waits.series == {"median": [2, None], "longest": [10, None]}


@pytest.mark.parametrize("command", ["stats pictures", "stats moderation"])
async def test_only_moderators(studio: Studio, command: str) -> None:
    for known in studio.env.backend.commands[None].values():
        known["default_member_permissions"] = None
    result = await studio.bob.slash(studio.channel, command)
    assert result.ephemeral and "Only members who may manage messages" in text_of(result.response)


@pytest.mark.parametrize("bars", [True, False])
def test_every_series_is_drawn(bars: bool) -> None:
    panel = Panel("Two", ["a", "b", "c"], {"one": [1, None, 3], "two": [2, 2, 2]}, bars=bars)
    assert set(COLOURS[:2]) <= colours_of(draw([panel, panel, panel]))
