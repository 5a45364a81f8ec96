"""What `/credits` says fits into a message."""

from datetime import UTC, datetime

from bot.presenters.wallet import wallet
from db.credits import Statement
from db.tables import Lot

REFILL = datetime(2026, 4, 10, tzinfo=UTC)


def test_of_many_gifts_the_first_are_shown() -> None:
    lots = [Lot(kind="pack", remaining=number, expires_at=REFILL) for number in range(1, 81)]
    text = wallet(Statement(3240, REFILL, lots, []))
    assert len(text) < 2000
    assert "- 20 bought" in text and "- 21 bought" not in text
    assert text.endswith("- and 60 more")
