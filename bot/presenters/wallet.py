"""What `/credits` says."""

from bot.presenters.text import ago, count, date
from db.credits import Statement
from db.tables import LedgerEntry, Lot

KINDS = {
    "free": "free",
    "pack": "bought",
    "gift": "a gift",
    "spend": "spent",
    "refund": "returned",
    "expire": "expired",
    "grant": "new",
}


def wallet(statement: Statement) -> str:
    """The balance, the day of the refill, what expires when, and the last entries."""
    lines = [
        f"## {count(statement.balance, 'credit')}",
        f"The next free ones come on {date(statement.refill_at)}.",
        *(_lot(lot) for lot in statement.lots),
    ]
    if statement.entries:
        lines += ["**Last entries**", *(_entry(entry) for entry in statement.entries)]
    return "\n".join(lines)


def _lot(lot: Lot) -> str:
    return f"- {lot.remaining} {KINDS.get(lot.kind, lot.kind)}, until {date(lot.expires_at)}"


def _entry(entry: LedgerEntry) -> str:
    reason = f" · request {entry.job_id}" if entry.job_id else ""
    return f"-# {entry.amount:+d} {KINDS.get(entry.kind, entry.kind)}{reason} · {ago(entry.at)}"
