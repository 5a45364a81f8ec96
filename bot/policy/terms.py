"""Terms: how a rule file writes the words it means, spelled out into plain words.

`kill{,s,ing}` is three terms, `@person` every term of the list of that name, and all are folded
like a prompt. Knows no rules and no files.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice, product

from bot.policy.normalise import fold, words

Term = tuple[str, ...]
"""One or more words that stand next to each other."""

MOST = 1000
"""Terms that one entry may become."""

_BRACES = re.compile(r"\{([^{}]*)\}")


class TermError(ValueError):
    """A term can't be understood; the message says which and why."""


def spell(entries: Iterable[str], lists: Mapping[str, frozenset[Term]]) -> frozenset[Term]:
    """Every term that the entries mean. Raises TermError."""
    terms: set[Term] = set()
    for entry in entries:
        if entry.startswith("@"):
            terms |= _list(entry[1:], lists)
        else:
            terms |= {_term(spelling, entry) for spelling in _spellings(entry)}
    return frozenset(terms)


def _list(name: str, lists: Mapping[str, frozenset[Term]]) -> frozenset[Term]:
    if name not in lists:
        raise TermError(f"there is no list {name!r} above it")
    return lists[name]


def _spellings(entry: str) -> list[str]:
    """The entry once for each choice in its braces."""
    parts = _BRACES.split(entry)
    if any(sign in part for part in parts for sign in "{}"):
        raise TermError(f"{entry!r} has a brace without its partner, or braces within braces")
    choices = [part.split(",") if n % 2 else [part] for n, part in enumerate(parts)]
    spellings = ["".join(chosen) for chosen in islice(product(*choices), MOST + 1)]
    if len(spellings) > MOST:
        raise TermError(f"{entry!r} stands for more than {MOST} terms")
    return spellings


def _term(spelling: str, entry: str) -> Term:
    term = tuple(word.text for word in words(fold(spelling).text))
    if not term:
        raise TermError(f"{entry!r} has a spelling without any letter")
    return term
