"""The town on each kind of database."""

import pytest

from db.engine import Database
from tests.db.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)
