"""Lists of people: one a line, with every spelling and every name that is theirs alone.

Knows names, and not what happens to a prompt that holds one.
"""

from collections.abc import Mapping
from pathlib import Path

from bot.policy.rulefile import RuleError
from bot.policy.terms import Term, term_of

Names = Mapping[str, frozenset[Term]]
"""From a person's full name, as it is written, to all that is read as them."""


def read(path: Path) -> dict[str, frozenset[Term]]:
    """The people of a file. Raises RuleError."""
    file = f"{path.parent.name}/{path.name}"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(file, 1, f"it can't be read: {error}") from error
    people = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            spellings = [part.strip() for part in line.split(";")]
            terms = frozenset(map(term_of, spellings))
            if () in terms:
                raise RuleError(file, number, "a name has no letter")
            people[spellings[0]] = terms
    return people


def find(names: Names, name: str) -> str | None:
    """The person whom a name means, in any of the spellings."""
    term = term_of(name)
    return next((person for person, terms in names.items() if term in terms), None)
