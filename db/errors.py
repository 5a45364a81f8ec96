"""The one family of errors that people may read: a subclass a reason, its docstring the message."""

from __future__ import annotations

from datetime import datetime


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


class NewerDatabase(FiveSquaresError):
    """The database is of a newer version; update Five Squares, or restore a backup."""


class StorageFull(FiveSquaresError):
    """The disk that holds the pictures is full; free some space. Nothing was lost."""


class StorageDenied(FiveSquaresError):
    """The image store can't be written; check its address and its permissions."""


class ImageMissing(FiveSquaresError):
    """That picture is no longer in the image store."""
