"""The shipped policy, read once."""

import pytest

from bot.policy import Policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.load()
