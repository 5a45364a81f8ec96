"""Cases as a file for a spreadsheet or a program."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Literal

from db.flag_tables import Flag

Format = Literal["csv", "jsonl"]
COLUMNS = (
    "case", "at", "user_id", "channel_id", "command", "stage", "category", "rule", "action",
    "state", "tries", "points", "handled_by", "decided_at", "appealed_at", "prompt",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(flags: Iterable[Flag], form: Format) -> bytes:
    """The cases as CSV with a head, or as JSON lines."""
    rows = map(_row, flags)
    if form == "jsonl":
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode()


def _row(flag: Flag) -> dict[str, Any]:
    """Ids as text: programs that read numbers as floats would round them."""
    known: dict[str, Any] = {name: getattr(flag, name, None) for name in COLUMNS}
    known |= {"case": flag.id, "at": flag.created_at, "handled_by": flag.handler_id}
    for name in ("user_id", "channel_id", "handled_by"):
        known[name] = str(known[name]) if known[name] else None
    for name in ("at", "decided_at", "appealed_at"):
        known[name] = known[name].isoformat() if known[name] else None
    return known


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is kept from it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
