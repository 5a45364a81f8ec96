"""Shows people as varied as they are: adds words before a person whose looks a prompt leaves open.

After OpenAI's technique of July 2022 for DALL·E 2. A prompt that says anything of who it is
(gender, descent, nation, name, period, religion, family, fiction) stays as it is. Pure, like the
policy; which words are added, and how often each, is told by whoever calls.
"""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from itertools import pairwise
from pathlib import Path

from bot.policy.normalise import fold, words
from bot.policy.terms import Term, spell

LISTS = Path(__file__).with_name("people.toml")
ARTICLES = frozenset({"a", "an", "the", "any", "one"})

Shares = Sequence[Mapping[str, float]]
"""What may be added, kind by kind, each with its weight; one of each kind is drawn."""

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|«[^»]*»|(?<!\w)'[^']*'(?!\w)")
_STYLE = re.compile(r"\b(?:style of|styled after|inspired by|by)\b[^,.;]*", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?:\n]+")
_WORD = re.compile(r"[^\W\d_]+")
_ARTICLE = re.compile(r"\b(a)(n?)( +)$", re.IGNORECASE)


def steered(prompt: str, seed: int, shares: Shares) -> str:
    """The prompt with words for whoever it leaves open; equal seeds add equal words."""
    dice = random.Random(seed)
    parts: list[str] = []
    rest = prompt
    for place in reversed(open_places(prompt)):
        drawn = [_drawn(dice, weights) for weights in shares]
        if added := " ".join(filter(None, drawn)):
            parts += [rest[place:], f"{added} "]
            rest = _with_article(rest[:place], added)
    return "".join([rest, *reversed(parts)])


def open_places(prompt: str) -> list[int]:
    """Where words can stand before a person of whom the prompt says nothing more."""
    folded = fold(prompt)
    found = words(folded.text)
    texts = [word.text for word in found]
    lists = _lists()
    if any(_places(texts, lists["said"])) or names_somebody(prompt):
        return []
    quotes = [quoted.span() for quoted in _QUOTED.finditer(prompt)]
    joined = [not folded.text[a.end : b.start].strip(" '’-") for a, b in pairwise(found)]
    result = []
    for first, end in _places(texts, lists["person"]):
        while first and joined[first - 1] and (texts[first - 1],) in lists["trade"]:
            first -= 1
        if _is_shown(texts, joined, first, end):
            place = folded.origins[found[first].start]
            if not any(a < place < b for a, b in quotes):
                result.append(place)
    return result


def names_somebody(prompt: str) -> bool:
    """Whether a word within a sentence is written like a name. In a Title all words are."""
    known = _lists()["brands"]
    text = _QUOTED.sub(" ", _STYLE.sub(" ", prompt))
    for sentence in _SENTENCE.findall(text):
        own = _WORD.findall(sentence)
        capitals = [w for w in own[1:] if len(w) > 1 and w.istitle() and (w.lower(),) not in known]
        if capitals and len(capitals) * 2 <= len(own):
            return True
    return False


def _is_shown(texts: Sequence[str], joined: Sequence[bool], first: int, end: int) -> bool:
    """Whether the words from first to end stand for a person in the picture."""
    lists = _lists()
    if end < len(texts) and joined[end - 1] and (texts[end],) in lists["after"]:
        return False
    if any((word,) in lists["before"] for word in _just_before(texts, joined, first)):
        return False
    if first and texts[first - 1] in ARTICLES:
        first -= 1
    return not (first and (texts[first - 1],) in lists["likeness"])


def _just_before(texts: Sequence[str], joined: Sequence[bool], first: int) -> Iterator[str]:
    """The two words before, as far as no punctuation stands between."""
    for place in range(first - 1, max(first - 3, -1), -1):
        if not joined[place]:
            return
        yield texts[place]


def _places(texts: Sequence[str], terms: Set[Term]) -> Iterator[tuple[int, int]]:
    """Where one of the terms stands; of two that begin together the longer one."""
    start = 0
    while start < len(texts):
        lengths = (n for n in (3, 2, 1) if tuple(texts[start : start + n]) in terms)
        length = next(lengths, 0)
        if length:
            yield start, start + length
        start += length or 1


def _drawn(dice: random.Random, weights: Mapping[str, float]) -> str:
    """One of the words; none where there are none."""
    if not sum(weights.values()):
        return ""
    return dice.choices(list(weights), list(weights.values()))[0]


def _with_article(before: str, added: str) -> str:
    """The text with its last word made a or an, as the added words want it."""
    n = "n" if added[0].lower() in "aeiou" else ""
    return _ARTICLE.sub(lambda found: found[1] + n + found[3], before)


@cache
def _lists() -> Mapping[str, frozenset[Term]]:
    """The lists of people.toml. Raises TermError for a mistake in it."""
    entries = tomllib.loads(LISTS.read_text(encoding="utf-8"))
    return {name: spell(own, {}) for name, own in entries.items()}
