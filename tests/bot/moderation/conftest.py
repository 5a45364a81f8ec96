import pytest
from simcord.results import InteractionResult

from tests.bot.moderation.casework import REFUSED
from tests.bot.studio import Studio


@pytest.fixture
async def refused(studio: Studio) -> InteractionResult:
    """The notice that alice gets; it opens case 1."""
    return await studio.imagine(REFUSED)
