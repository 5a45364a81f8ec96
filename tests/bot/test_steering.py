"""Steered requests: a prompt for each picture, told under Info, off for a server."""

import pytest

from db import lanes
from tests.bot.moderation.test_guild_policy import mod
from tests.bot.studio import CARD, Studio, text_of


@pytest.fixture
async def eloquent(studio: Studio) -> Studio:
    """A model that knows any word."""
    async with studio.services.database.write() as session:
        await lanes.register(session, "mini", CARD | {"vocabulary": []})
    return studio


async def steered(studio: Studio, number: int) -> list[str] | None:
    return (await studio.job(number)).params.get("steered")


async def test_each_picture_has_its_own_words_and_info_tells(eloquent: Studio) -> None:
    message = await eloquent.finished("a portrait of a doctor", seed=7)
    told = await steered(eloquent, 1)
    assert told is not None and len(told) == 4 and len(set(told)) > 1
    assert all(t.startswith("a portrait of a") and t.endswith(" doctor") for t in told)
    assert "**a portrait of a doctor**" in text_of(message)
    shown = text_of((await eloquent.alice.click(message, custom_id="info:1")).response)
    assert "words were added" in shown and f"2 · {told[1]}" in shown


async def test_the_same_seed_is_steered_the_same_and_a_rerun_anew(eloquent: Studio) -> None:
    message = await eloquent.finished("a portrait of a doctor", seed=7)
    await eloquent.imagine("a portrait of a doctor", seed=7)
    assert await steered(eloquent, 1) == await steered(eloquent, 2)
    await eloquent.alice.click(message, custom_id="again:1")
    assert await steered(eloquent, 3) not in (None, await steered(eloquent, 1))


@pytest.mark.parametrize("prompt", ["a red cube", "a woman doctor"])
async def test_others_stay_as_they_are(eloquent: Studio, prompt: str) -> None:
    message = await eloquent.finished(prompt)
    assert await steered(eloquent, 1) is None
    shown = text_of((await eloquent.alice.click(message, custom_id="info:1")).response)
    assert "words were added" not in shown


async def test_a_model_of_few_words_is_left_alone(studio: Studio) -> None:
    await studio.imagine("a portrait of a doctor")
    assert await steered(studio, 1) is None


async def test_a_server_turns_it_off_and_on(eloquent: Studio) -> None:
    assert "as they are written" in text_of(await mod(eloquent, "mod policy steering", on=False))
    await eloquent.imagine("a portrait of a doctor")
    assert await steered(eloquent, 1) is None
    assert "people of all kinds" in text_of(await mod(eloquent, "mod policy steering", on=True))
    await eloquent.imagine("a portrait of a doctor")
    assert await steered(eloquent, 2) is not None
