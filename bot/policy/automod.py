"""A server's own AutoMod rules, applied to prompts: keywords, wildcards, patterns, allow-lists.

Patterns come from strangers, so they run in RE2, whose time is linear in the text; its syntax is
that of Discord's, Rust's, with few gaps, and a pattern that falls into one is not applied.
Pure: knows no Discord, only the plain data that its rules were made into.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from bot.policy.normalise import Folded, fold
from bot.policy.rules import Rule
from config import Action

CATEGORY = "server"
MOST = 20
"""Places in one prompt that one pattern is looked for; more count as not excused."""
MEMORY = 2**23
"""Bytes that RE2 may take for one pattern."""

_CLASS_OF_CLASSES = re.compile(r"\[[^\]]*(&&|--|~~|\[(?!:))")
_OF_LATIN_ONLY = re.compile(r"\\[bBwWdDsS]")
_LETTER = r"\pL\pM\pN_"

Place = tuple[int, int]


@dataclass(frozen=True)
class AutoModRule:
    """One rule as Discord gives it; `spares` are the roles and channels that it leaves alone."""

    name: str
    action: Action
    keywords: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    spares: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Compiled:
    """A rule made ready. Keywords are looked for in folded text, in their first group."""

    rule: Rule
    keywords: tuple["re2._Regexp", ...]
    patterns: tuple["re2._Regexp", ...]
    allowed: tuple["re2._Regexp", ...]


def search(rule: AutoModRule, prompt: str, folded: Folded) -> tuple[Rule, Place] | None:
    """Where the prompt breaks the rule first, and the rule as the policy knows rules."""
    compiled = _compiled(rule)
    excused = list(_in_folded(compiled.allowed, folded))
    found = [
        *_in_folded(compiled.keywords, folded),
        *(place for pattern in compiled.patterns for place in _matches(pattern, prompt, 0)),
        *(folded.span(*p) for r in compiled.patterns for p in _matches(r, folded.text, 0)),
    ]
    guilty = [
        place for place in found if not any(a <= place[0] and place[1] <= b for a, b in excused)
    ]
    return (compiled.rule, min(guilty)) if guilty else None


def unusable(rule: AutoModRule) -> dict[str, str]:
    """The rule's patterns that are not applied, and why."""
    return {pattern: why for pattern in rule.patterns if (why := _trouble(pattern))}


@lru_cache(maxsize=256)
def _compiled(rule: AutoModRule) -> _Compiled:
    return _Compiled(
        Rule(
            id=f"{CATEGORY}.{rule.name}"[:100],
            version=1,
            category=CATEGORY,
            action=rule.action,
            reason="a rule of this server's AutoMod",
        ),
        _keywords(rule.keywords),
        tuple(_compile(pattern) for pattern in rule.patterns if not _trouble(pattern)),
        _keywords(rule.allowed),
    )


def _keywords(keywords: Iterable[str]) -> tuple["re2._Regexp", ...]:
    """One pattern for each way to stand: as a whole word, or open to the left or to the right."""
    ways: dict[tuple[bool, bool], list[str]] = {}
    for keyword in keywords:
        text = fold(keyword).text.strip()
        if plain := text.strip("*").strip():
            way = _open(text, 0), _open(text, -1)
            ways.setdefault(way, []).append(re2.escape(plain))
    return tuple(
        _compile(
            ("" if left else f"(?:^|[^{_LETTER}])")
            + f"({'|'.join(words)})"
            + ("" if right else f"(?:$|[^{_LETTER}])")
        )
        for (left, right), words in ways.items()
    )


def _open(keyword: str, end: int) -> bool:
    """Whether anything may stand beside this end: it is a wildcard, or no letter."""
    return not (keyword[end].isalnum() or keyword[end] == "_")


def _trouble(pattern: str) -> str:
    """Why a pattern can't be applied as Discord means it; empty where it can."""
    if _CLASS_OF_CLASSES.search(pattern):
        return "it combines sets of letters"
    if _OF_LATIN_ONLY.search(pattern) and not pattern.isascii():
        return "it looks for word borders between letters that are not Latin"
    try:
        return "it fits every text" if _compile(pattern).search("") else ""
    except re2.error as error:
        return str(error.args[0], "utf-8", "replace") if error.args else "it can't be read"


def _compile(pattern: str) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    return re2.compile(pattern, options)


def _in_folded(patterns: Iterable["re2._Regexp"], folded: Folded) -> Iterator[Place]:
    for pattern in patterns:
        for place in _matches(pattern, folded.text, 1):
            yield folded.span(*place)


def _matches(pattern: "re2._Regexp", text: str, group: int) -> Iterator[Place]:
    """Where a pattern that fits no empty text stands; one too frequent stands everywhere."""
    text = text.encode("utf-8", "replace").decode()
    start = 0
    for _ in range(MOST):
        found = pattern.search(text, start)
        if found is None:
            return
        yield found.span(group)
        start = found.end(group)
    yield 0, len(text)
