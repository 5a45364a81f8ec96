"""Terms: how a rule file writes the words it means, spelled out into plain words.

`kill{,s,ing}` is three terms and `@person` every term of the list of that name, alone or within
a longer term; all are folded like a prompt. Knows no rules and no files.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice, product

from bot.policy.normalise import fold, words

Term = tuple[str, ...]
"""One or more words that stand next to each other."""

Lists = Mapping[str, frozenset[Term]]
"""The named lists that a term may use."""

MOST = 1000
"""Terms that one entry may become."""

_CHOICE = re.compile(r"(\{[^{}]*\}|@\w+)")


class TermError(ValueError):
    """A term can't be understood; the message says which and why."""


def spell(entries: Iterable[str], lists: Lists) -> frozenset[Term]:
    """Every term that the entries mean. Raises TermError."""
    terms: set[Term] = set()
    for entry in entries:
        whole = lists.get(entry[1:]) if entry.startswith("@") else None
        terms |= whole or {_term(spelling, entry) for spelling in _spellings(entry, lists)}
    return frozenset(terms)


def _spellings(entry: str, lists: Lists) -> list[str]:
    """The entry once for each way to choose from its braces and lists."""
    choices = [_choices(part, entry, lists) for part in _CHOICE.split(entry)]
    spellings = ["".join(chosen) for chosen in islice(product(*choices), MOST + 1)]
    if len(spellings) > MOST:
        raise TermError(f"{entry!r} stands for more than {MOST} terms")
    return spellings


def _choices(part: str, entry: str, lists: Lists) -> list[str]:
    """What a part of an entry may be: one of a brace, one of a list, or the plain part."""
    if part.startswith("@"):
        if part[1:] not in lists:
            raise TermError(f"there is no list {part[1:]!r} above {entry!r}")
        return [" ".join(term) for term in lists[part[1:]]]
    if part.startswith("{") and part.endswith("}"):
        return part[1:-1].split(",")
    if "{" in part or "}" in part:
        raise TermError(f"{entry!r} has a brace without its partner, or braces within braces")
    return [part]


def term_of(spelling: str) -> Term:
    """The words of a spelling; none where it has no letter."""
    return tuple(word.text for word in words(fold(spelling).text))


def _term(spelling: str, entry: str) -> Term:
    term = term_of(spelling)
    if not term:
        raise TermError(f"{entry!r} has a spelling without any letter")
    return term
