"""A rule file as TOML tables that know their lines, so that every complaint can name one.

Checks types and spelling of keys; what the keys mean is rules' business.
"""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from config import ConfigError

_HEADER = re.compile(r"\s*\[")
_RULE = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_LISTS = re.compile(r"\s*\[\s*lists\s*\]")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")


class RuleError(ConfigError):
    """A rule file can't be used; the message is its name, the line and the reason."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}.")


@dataclass(frozen=True)
class Table:
    """One table of a file: its values, and the lines that it was read from."""

    file: str
    first: int
    lines: tuple[str, ...]
    values: dict[str, Any]

    def error(self, reason: str, key: str = "") -> RuleError:
        """The complaint, at the line of the key if it is there, else at the table's first."""
        given = re.compile(rf"\s*{re.escape(key)}\s*=") if key else re.compile(r"(?!)")
        places = (n for n, line in enumerate(self.lines) if given.match(line))
        return RuleError(self.file, self.first + next(places, 0), reason)

    def only(self, known: Collection[str]) -> None:
        """Refuses every key that is not known. Raises RuleError."""
        for key in self.values:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise self.error(f"{key} is not a key here{hint}", key)

    def text(self, key: str, default: str = "") -> str:
        """A text that is not empty, the default where there is none. Raises RuleError."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{key} must be text in quotes", key)
        return value

    def number(self, key: str, default: int = 0) -> int:
        """A whole number of 1 or more. Raises RuleError."""
        value = self.values.get(key, default)
        if type(value) is not int or value < 1:
            raise self.error(f"{key} must be a whole number of 1 or more", key)
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts, empty where there is none. Raises RuleError."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"{key} must be a list of texts in quotes", key)
        return value

    def groups(self, key: str) -> list[list[str]]:
        """A list of two or more lists of texts. Raises RuleError."""
        value = self.values[key]
        if (
            not isinstance(value, list)
            or len(value) < 2
            or not all(isinstance(group, list) and group for group in value)
            or not all(isinstance(item, str) for group in value for item in group)
        ):
            raise self.error(f"{key} must be two or more lists of texts in quotes", key)
        return value


def read(path: Path) -> tuple[Table, Table, list[Table]]:
    """The file's head, its lists (empty if it has none) and its rules. Raises RuleError."""
    file = f"{path.parent.name}/{path.name}"
    try:
        source = path.read_text(encoding="utf-8")
        values = tomllib.loads(source)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(file, 1, f"it can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(file, source, str(error)) from error
    lines = tuple(source.splitlines())
    lists, rules = values.pop("lists", {}), values.pop("rule", [])
    head = _table(file, lines, 0, values)
    if not isinstance(lists, dict):
        raise head.error("lists must be a table: [lists]", "lists")
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise head.error("each rule must begin with [[rule]]", "rule")
    starts = [n for n, line in enumerate(lines) if _RULE.match(line)]
    if len(starts) != len(rules):
        raise head.error("each rule must begin with [[rule]], on a line of its own", "rule")
    lists_at = next((n for n, line in enumerate(lines) if _LISTS.match(line)), 0)
    return (
        head,
        _table(file, lines, lists_at, lists),
        [_table(file, lines, start, rule) for start, rule in zip(starts, rules, strict=True)],
    )


def _table(file: str, lines: tuple[str, ...], start: int, values: dict[str, Any]) -> Table:
    """The table whose header stands in lines[start], up to the next header."""
    ends = (n for n in range(start + 1, len(lines)) if _HEADER.match(lines[n]))
    return Table(file, start + 1, lines[start : next(ends, len(lines))], values)


def _not_toml(file: str, source: str, complaint: str) -> RuleError:
    """tomllib's complaint, with its line where it names one, else at the end of the file."""
    line = _AT_LINE.search(complaint)
    reason = _AT_LINE.sub("", complaint).removesuffix(" (at end of document)")
    return RuleError(file, int(line[1]) if line else max(source.count("\n"), 1), reason)
