"""The prompt policy: reads a prompt as a person would, and says what is to become of it.

Pure: after its rule files are read it does no I/O, keeps no state and can be shared by threads.
Knows no Discord, no members and no history.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import get_args

from bot.policy import automod
from bot.policy.automod import AutoModRule
from bot.policy.match import Matcher
from bot.policy.normalise import Folded, Word, fold, words
from bot.policy.rules import Rule, RuleBook, load
from bot.policy.unmask import unmask, with_numbers_read
from bot.policy.verdict import ALWAYS_BLOCKED, CATEGORY_NAMES, PICTURE_CATEGORIES, Verdict
from bot.policy.vocabulary import Vocabulary
from config import Action, ConfigError

_SEVERITY = {name: rank for rank, name in enumerate(CATEGORY_NAMES)}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a prompt breaks, where, and what is to be done about it."""

    rule: Rule
    action: Action
    span: tuple[int, int]
    normalised: str

    def gravity(self) -> tuple[bool, int, tuple[int, int]]:
        """Sorts the finding that decides before the others: the one that explains most."""
        start, end = self.span
        return self.action != "block", _SEVERITY[self.rule.category], (start, -end)


@dataclass(frozen=True)
class Choices:
    """What a server's moderators chose: for some categories what happens to a prompt.

    `added` are names that they protect, `spared` people of the lists whom they don't; `automod`
    are rules of their AutoMod.
    """

    actions: tuple[tuple[str, Action], ...] = ()
    added: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()
    automod: tuple[AutoModRule, ...] = ()


class Policy:
    """Rules, and for some categories an action that takes the place of the rules' own."""

    def __init__(self, book: RuleBook, actions: Mapping[str, Action] | None = None) -> None:
        """Raises ConfigError for a category or an action that can't be."""
        self.actions = dict(actions or {})
        self.automod: tuple[AutoModRule, ...] = ()
        for category, action in self.actions.items():
            _check(category, action)
        self._read(book)

    def take(self, book: RuleBook) -> None:
        """Checks by these rules from now on, as do all policies that are adapted from this one."""
        self._read(book)
        _protecting.cache_clear()

    def _read(self, book: RuleBook) -> None:
        """Makes the rules ready to be searched for."""
        self.book = book
        self._matcher = Matcher(book.rules)
        terms = (
            term
            for rule in book.rules
            for terms in (*rule.groups, rule.exempt, rule.unless)
            for term in terms
        )
        self._vocabulary = Vocabulary((word for term in terms for word in term), book.ordinary)

    @classmethod
    def load(cls, actions: Mapping[str, Action] | None = None) -> "Policy":
        """The shipped rules. Raises RuleError or another ConfigError."""
        return cls(load(), actions)

    def adapted(self, choices: Choices) -> "Policy":
        """This policy as a server's moderators want it. Raises ConfigError as the first did."""
        for category, action in choices.actions:
            _check(category, action)
        other = copy(_protecting(self, choices.added, choices.spared))
        other.actions = self.actions | dict(choices.actions)
        other.automod = choices.automod
        return other

    def check(self, prompt: str) -> Verdict:
        """The verdict on a prompt of any length and script. Never raises."""
        findings, normalised = self._search(prompt)
        counted = [finding for finding in findings if finding.action != "allow"]
        if not counted:
            return Verdict(True, "allow", None, None, None, normalised)
        worst = min(counted, key=Finding.gravity)
        return Verdict(
            worst.action != "block",
            worst.action,
            worst.rule.category,
            worst.rule.id,
            worst.span,
            worst.normalised,
        )

    def findings(self, prompt: str) -> list[Finding]:
        """Every rule that the prompt breaks, whatever its action, each once."""
        return self._search(prompt)[0]

    def _search(self, prompt: str) -> tuple[list[Finding], str]:
        """The findings, and the prompt as it was read with every disguise off."""
        folded = fold(prompt)
        plain = words(folded.text)
        unmasked = unmask(folded.text, plain, self._vocabulary)
        views = [plain]
        if unmasked != plain:
            numbered = with_numbers_read(unmasked, self._vocabulary)
            views += [unmasked] if numbered == unmasked else [unmasked, numbered]
        found: dict[str, Finding] = {}
        for view in views:
            for finding in self._view(folded, view):
                found.setdefault(finding.rule.id, finding)
        normalised = " ".join(word.text for word in unmasked)
        for own in self.automod:
            if broken := automod.search(own, prompt, folded):
                rule, span = broken
                found.setdefault(rule.id, Finding(rule, self.action(rule), span, normalised))
        return list(found.values()), normalised

    def _view(self, folded: Folded, view: list[Word]) -> list[Finding]:
        """The findings in one reading of the prompt."""
        texts = [word.text for word in view]
        return [
            Finding(
                rule,
                self.action(rule),
                folded.span(view[start].start, view[end - 1].end),
                " ".join(texts),
            )
            for rule, (start, end) in self._matcher.find(texts)
        ]

    def rule(self, id: str | None) -> Rule | None:
        """The rule of that id, if it is still there."""
        return next((rule for rule in self.book.rules if rule.id == id), None)

    def action(self, rule: Rule) -> Action:
        """What happens to a prompt that breaks the rule."""
        if rule.category in ALWAYS_BLOCKED:
            return "block"
        return self.actions.get(rule.category, rule.action)


@lru_cache(maxsize=16)
def _protecting(policy: Policy, added: frozenset[str], spared: frozenset[str]) -> Policy:
    """The policy for a changed list of people; its making takes a tenth of a second."""
    if not (added or spared):
        return policy
    return Policy(policy.book.protecting(added, spared))


def _check(category: str, action: str) -> None:
    """Raises ConfigError, one sentence for whoever edits the settings."""
    if category not in CATEGORY_NAMES and category not in PICTURE_CATEGORIES:
        near = get_close_matches(category, CATEGORY_NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(CATEGORY_NAMES)}."
        raise ConfigError(f"[policy] {category} is not a category; {hint}")
    if action not in get_args(Action):
        raise ConfigError(f"[policy] {category} must be {' or '.join(get_args(Action))}.")
    if category in ALWAYS_BLOCKED and action != "block":
        raise ConfigError(f"[policy] {category} is always blocked and can't be set to {action}.")
