"""The same walk on PostgreSQL, by the database's own clock: command, pictures, V2, Cancel."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.policy import Policy
from bot.services import Services
from config import Config
from db.engine import open_database, utcnow
from db.store import open_store
from db.tables import State
from tests.bot.studio import FixedClock, Studio, buttons_of, grid, pictures_of, text_of


class RealClock(FixedClock):
    """Goes by itself."""

    def __call__(self) -> datetime:
        return utcnow()


@pytest.fixture
def clock() -> FixedClock:
    return RealClock()


@pytest.fixture
async def services(
    tmp_path: Path, clock: FixedClock, policy: Policy, postgresql_url: str
) -> AsyncIterator[Services]:
    config = Config(data_dir=tmp_path, database_url=postgresql_url)
    database = await open_database(postgresql_url, checkpoints=True, clock=clock)
    yield Services(config, database, open_store(config.image_store), policy, clock)
    await database.close()


async def test_a_member_walks_from_the_command_to_a_cancelled_variation(studio: Studio) -> None:
    message = await studio.finished("a red cube")
    assert len(pictures_of(message)) == 4
    assert buttons_of(message) == grid(4)

    varied = (await studio.bob.click(message, label="V2 · 1🪙")).response
    again = await studio.bob.click(message, label="V2 · 1🪙")
    assert again.ephemeral and "already on its way" in text_of(again.response)
    assert (await studio.balance(), await studio.balance(studio.bob)) == (49, 49)

    await studio.bob.click(varied, label="Cancel")
    assert (await studio.job(2)).state is State.cancelled
    assert await studio.balance(studio.bob) == 50


async def test_a_refused_prompt_costs_nothing(studio: Studio) -> None:
    result = await studio.imagine("a crate of contraband")
    assert result.ephemeral
    shown = await studio.moderator.slash(studio.channel, "flags")
    assert "contraband" in text_of(shown.response)
