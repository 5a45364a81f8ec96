"""Pictures from outside are opened under limits, whichever command brings them."""

from typing import Any

import pytest

import verification
from bot import sources
from bot.cogs import bans
from tests.bot.studio import Studio, painted
from uploads import open_picture

PICTURE = ("it.png", painted(64, noise=True))


@pytest.mark.parametrize(
    ("module", "command"),
    [
        (sources, "variations"),
        (verification, "verify image"),
        (bans, "mod picture ban"),
    ],
)
async def test_two_are_opened_at_a_time(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, module: Any, command: str
) -> None:
    full = []

    def watched(data: bytes) -> Any:
        full.append(sources.opening.locked())
        return open_picture(data)

    monkeypatch.setattr(module, "open_picture", watched)
    async with sources.opening:
        await studio.moderator.slash(studio.channel, command, image=PICTURE)
    assert full == [True]
