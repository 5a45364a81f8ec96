"""Rules as data: the TOML files under rules/, read, checked and spelled out.

Nothing is half loaded: the first mistake refuses the lot, and who holds an older rule book keeps
it. Knows what a rule is made of, not how a prompt is searched for it.
docs/adding-a-rule.md explains the format.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast, get_args

from bot.policy import names
from bot.policy.names import Names
from bot.policy.rulefile import RuleError, Table, read
from bot.policy.terms import Lists, Term, TermError, spell, term_of
from bot.policy.verdict import CATEGORY_NAMES
from config import Action

RULES = Path(__file__).with_name("rules")
LISTS = "lists.toml"
NEAR = 8
"""Words from the first to the last that a contextual rule combines, unless it says `within`."""

_SHAPES = ("any", "all", "sequence")
_KEYS = ("id", "version", "action", "reason", *_SHAPES, "within", "except", "unless")
_EXAMPLES = ("match", "no_match")


@dataclass(frozen=True)
class Rule:
    """One rule, and the examples that it must and must not match.

    `groups` are sets of terms: a prompt breaks the rule with one term of each, in this order if
    `ordered`, all within `within` words. Words under a term of `exempt` don't count, and a term
    of `unless` anywhere in the prompt rests the rule.
    """

    id: str
    version: int
    category: str
    action: Action
    reason: str
    groups: tuple[frozenset[Term], ...] = ()
    ordered: bool = False
    within: int = NEAR
    exempt: frozenset[Term] = frozenset()
    unless: frozenset[Term] = frozenset()
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


FIGURES = "figures"
_ADDED = Rule(
    id=f"{FIGURES}.here",
    version=1,
    category=FIGURES,
    action="block",
    reason="names somebody whom the moderators of this server protect",
)
"""For the names that a server adds."""


@dataclass(frozen=True)
class RuleBook:
    """All rules of all languages, and the words that are never a disguise for another.

    `names` are the people whom some rule protects.
    """

    rules: tuple[Rule, ...]
    ordinary: frozenset[str]
    names: Names

    def protecting(self, added: Iterable[str], spared: Iterable[str]) -> "RuleBook":
        """The same without the people spared, and with a rule more for the names added."""
        off = frozenset[Term]().union(*(self.names.get(name, ()) for name in spared))
        rules = [
            replace(rule, groups=tuple(group - off for group in rule.groups))
            if rule.category == FIGURES
            else rule
            for rule in self.rules
        ]
        if terms := frozenset(filter(None, map(term_of, added))):
            rules.append(replace(_ADDED, groups=(terms,)))
        return replace(self, rules=tuple(rules))


def load(folder: Path = RULES) -> RuleBook:
    """Every rule in the files folder/LANGUAGE/*.toml. Raises RuleError."""
    rules: dict[str, Rule] = {}
    ordinary: set[str] = set()
    people: dict[str, frozenset[Term]] = {}
    for language in sorted(path for path in folder.iterdir() if path.is_dir()):
        head, shared, _ = read(language / LISTS)
        head.only(["ordinary"])
        ordinary |= {word for term in _spell(head, "ordinary", {}) for word in term}
        named = {path.stem: names.read(path) for path in sorted(language.glob("*.txt"))}
        people |= {name: terms for found in named.values() for name, terms in found.items()}
        lists = _lists(shared, {stem: _all(found) for stem, found in named.items()})
        for path in sorted(language.glob("*.toml")):
            if path.name != LISTS:
                _add(rules, path, lists)
    return RuleBook(tuple(rules.values()), frozenset(ordinary), people)


def _all(people: Names) -> frozenset[Term]:
    return frozenset[Term]().union(*people.values())


def _add(rules: dict[str, Rule], path: Path, shared: Lists) -> None:
    """The rules of one file, under ids that no other rule has. Raises RuleError."""
    head, own, tables = read(path)
    head.only(["category", "action"])
    category = head.text("category")
    if category not in CATEGORY_NAMES:
        raise head.error(f"category must be one of {', '.join(CATEGORY_NAMES)}", "category")
    action = _action(head, "block")
    lists = _lists(own, shared)
    for table in tables:
        rule = _rule(table, category, action, lists)
        if rule.id in rules:
            raise table.error(f"there is a rule {rule.id} already", "id")
        rules[rule.id] = rule


def _lists(table: Table, shared: Lists) -> Lists:
    """The shared lists and the table's own; a list may use those above it."""
    lists = dict(shared)
    for name in table.values:
        lists[name] = _spell(table, name, lists)
    return lists


def _rule(table: Table, category: str, action: Action, lists: Lists) -> Rule:
    """One [[rule]]. Raises RuleError."""
    table.only([*_KEYS, *_EXAMPLES])
    id = table.text("id")
    if not id.startswith(f"{category}."):
        raise table.error(f"id must begin with {category}.", "id")
    match, no_match = (tuple(table.texts(key)) for key in _EXAMPLES)
    if not match or not no_match:
        raise table.error("a rule needs examples in match and in no_match", "id")
    return Rule(
        id,
        table.number("version"),
        category,
        _action(table, action),
        table.text("reason"),
        _groups(table, lists),
        "sequence" in table.values,
        table.number("within", NEAR),
        _spell(table, "except", lists),
        _spell(table, "unless", lists),
        match,
        no_match,
    )


def _groups(table: Table, lists: Lists) -> tuple[frozenset[Term], ...]:
    """What the rule combines. Raises RuleError."""
    shapes = [key for key in _SHAPES if key in table.values]
    if len(shapes) != 1:
        raise table.error(f"a rule needs one of {', '.join(_SHAPES)}", "id")
    if shapes == ["any"]:
        groups: list[Any] = [table.texts("any")]
    else:
        groups = table.groups(shapes[0])
    return tuple(_terms(table, shapes[0], group, lists) for group in groups)


def _spell(table: Table, key: str, lists: Lists) -> frozenset[Term]:
    return _terms(table, key, table.texts(key), lists)


def _terms(table: Table, key: str, entries: list[str], lists: Lists) -> frozenset[Term]:
    """The entries' terms, with a mistake in one put down to the key's line."""
    try:
        return spell(entries, lists)
    except TermError as error:
        raise table.error(str(error), key) from error


def _action(table: Table, default: Action) -> Action:
    value = table.text("action", default)
    if value not in get_args(Action):
        raise table.error(f"action must be {' or '.join(get_args(Action))}", "action")
    return cast(Action, value)


__all__ = ["Rule", "RuleBook", "RuleError", "load"]
