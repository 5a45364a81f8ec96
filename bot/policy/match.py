"""Finds the rules that a list of words breaks, in time linear in the number of words.

Every term of every rule is looked up once by its first two words; a rule is considered only when
all its groups were seen. There are no regular expressions, so no rule can be slow.
Knows words and rules; actions and verdicts are the policy's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from bot.policy.rules import Rule
from bot.policy.terms import Term

Place = tuple[int, int]
"""The words from the first to before the second."""

Numbers = frozenset[int]
"""The sets that a term belongs to."""

_Longer = dict[str, list[tuple[Term, Numbers]]]
"""Terms of several words with the numbers of their sets, by their second word."""

_NONE: _Longer = {}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule with numbers for its sets of terms."""

    rule: Rule
    groups: tuple[int, ...]
    exempt: int
    unless: int

    def may_break(self, seen: Numbers) -> bool:
        """Whether all it combines was seen, and nothing that rests it."""
        return self.unless not in seen and seen.issuperset(self.groups)


class Matcher:
    """Rules made ready to be searched for; equal sets of terms are looked up once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._numbers: dict[frozenset[Term], int] = {}
        self._rules = [
            _Compiled(
                rule,
                tuple(map(self._number, rule.groups)),
                self._number(rule.exempt),
                self._number(rule.unless),
            )
            for rule in rules
        ]
        belongs: dict[Term, set[int]] = defaultdict(set)
        for terms, number in self._numbers.items():
            for term in terms:
                belongs[term].add(number)
        sets = {term: frozenset(numbers) for term, numbers in belongs.items()}
        self._single = {term[0]: numbers for term, numbers in sets.items() if len(term) == 1}
        self._longer: dict[str, _Longer] = {}
        for term, numbers in sets.items():
            if len(term) > 1:
                seconds = self._longer.setdefault(term[0], {})
                seconds.setdefault(term[1], []).append((term, numbers))

    def _number(self, terms: frozenset[Term]) -> int:
        return self._numbers.setdefault(terms, len(self._numbers))

    def find(self, words: Sequence[str]) -> Iterator[tuple[Rule, Place]]:
        """Every rule that the words break, with the first place where they do."""
        hits = list(self._hits(words))
        seen = frozenset[int]().union(*(numbers for _, numbers in hits))
        considered = [compiled for compiled in self._rules if compiled.may_break(seen)]
        places = _places(hits, {n for c in considered for n in (*c.groups, c.exempt)})
        for compiled in considered:
            covered = {n for place in places[compiled.exempt] for n in range(*place)}
            groups = [_uncovered(places[group], covered) for group in compiled.groups]
            search = _in_order if compiled.rule.ordered else _together
            if place := search(groups, compiled.rule.within):
                yield compiled.rule, place

    def _hits(self, words: Sequence[str]) -> Iterator[tuple[Place, Numbers]]:
        """Where terms occur, from the first word on, and the sets of each."""
        for start, (word, after) in enumerate(zip_longest(words, words[1:])):
            if numbers := self._single.get(word):
                yield (start, start + 1), numbers
            for term, numbers in self._longer.get(word, _NONE).get(after, ()):
                end = start + len(term)
                if term == tuple(words[start:end]):
                    yield (start, end), numbers


def _places(hits: Iterable[tuple[Place, Numbers]], wanted: Set[int]) -> dict[int, list[Place]]:
    """Where each of the wanted sets occurs."""
    places: dict[int, list[Place]] = {number: [] for number in wanted}
    for place, numbers in hits:
        for number in numbers & wanted:
            places[number].append(place)
    return places


def _uncovered(places: Iterable[Place], covered: Set[int]) -> list[Place]:
    """The places that have no covered word."""
    if not covered:
        return list(places)
    return [place for place in places if covered.isdisjoint(range(*place))]


def _together(groups: Sequence[Sequence[Place]], within: int) -> Place | None:
    """The first place that holds one of each group, in any order, none sharing a word."""
    latest: dict[int, Place] = {}
    for place, group in _by_start(groups):
        latest[group] = place
        if len(latest) < len(groups):
            continue
        chosen = sorted(latest.values())
        apart = all(a[1] <= b[0] for a, b in pairwise(chosen))
        end = max(end for _, end in chosen)
        if apart and end - chosen[0][0] <= within:
            return chosen[0][0], end
    return None


def _in_order(groups: Sequence[Sequence[Place]], within: int) -> Place | None:
    """The first place that holds one of each group, one after another."""
    chains: dict[int, Place] = {}
    for (start, end), group in _by_start(groups):
        before = chains.get(group - 1) if group else (start, start)
        if before and before[1] <= start and end - before[0] <= within:
            chains[group] = (before[0], end)
            if group == len(groups) - 1:
                return chains[group]
    return None


def _by_start(groups: Sequence[Sequence[Place]]) -> list[tuple[Place, int]]:
    """All places with their group's number, in the order of the words.

    Of the groups of one place the last comes first: a place that begins a chain anew must not
    hide the chain that it carries on.
    """
    found = [(place, number) for number, places in enumerate(groups) for place in places]
    return sorted(found, key=lambda at: (at[0], -at[1]))
