"""The one family of errors that people may read: a subclass a reason, its docstring the message.

Of all others the log says only `where`.
"""

import traceback
from datetime import datetime


def where(error: BaseException) -> str:
    """Where it broke, for the log, without its own words: they may hold a prompt or a token."""
    return "".join(traceback.format_tb(error.__traceback__))


class FiveSquaresError(Exception):
    """Something went wrong. Nothing was charged."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class NotEnoughCredits(FiveSquaresError):
    """You don't have enough credits left for this. Nothing was charged."""

    def __init__(self, balance: int, refill_at: datetime | None) -> None:
        super().__init__()
        self.balance = balance
        self.refill_at = refill_at


class DatabaseUnavailable(FiveSquaresError):
    """The database can't be opened."""


class NewerDatabase(FiveSquaresError):
    """The database is of a newer version; update Five Squares, or restore a backup."""


class OlderDatabase(FiveSquaresError):
    """The database is not of this version yet; start the bot, which brings it up to date."""


class StorageFull(FiveSquaresError):
    """The disk is full; whoever runs this must free some space. Nothing was lost or charged."""


class StorageDenied(FiveSquaresError):
    """The image store can't be used; check its address and its permissions."""


class ImageMissing(FiveSquaresError):
    """That picture is no longer in the image store."""
