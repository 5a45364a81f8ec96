"""What `/credits` says."""

from bot.presenters.text import ago, count, date
from db.credits import Statement
from db.tables import LedgerEntry, Lot

LOTS_SHOWN = 20
LOTS = {
    "first_month": "free for your first month",
    "monthly": "free for this month",
    "returned": "returned to you",
    "pack": "bought or given to you",
}
ENTRIES = {
    "grant": "new",
    "spend": "spent",
    "refund": "returned",
    "expire": "expired",
    "gift": "as a gift",
    "revoke": "taken back, as the sale was undone",
    "kept": "kept when the rest was deleted",
}


def wallet(statement: Statement) -> str:
    """The balance, the day of the refill, what expires when, and the last entries."""
    lines = [
        f"## {count(statement.balance, 'credit')}",
        f"The next free ones come on {date(statement.refill_at)}.",
        *(_lot(lot) for lot in statement.lots[:LOTS_SHOWN]),
    ]
    more = len(statement.lots) - LOTS_SHOWN
    if more > 0:
        lines.append(f"- and {more:,} more")
    if statement.entries:
        lines += ["", "**Last entries**", *(_entry(entry) for entry in statement.entries)]
    return "\n".join(lines)


def _lot(lot: Lot) -> str:
    until = f", until {date(lot.expires_at)}" if lot.expires_at else ""
    return f"- {lot.remaining} {LOTS.get(lot.kind, lot.kind)}{until}"


def _entry(entry: LedgerEntry) -> str:
    reason = f" · request {entry.job_id}" if entry.job_id else ""
    return f"-# {entry.amount:+d} {ENTRIES.get(entry.kind, entry.kind)}{reason} · {ago(entry.at)}"
