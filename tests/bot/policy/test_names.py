"""The lists of living people: well written, and each found as people write the name."""

from pathlib import Path

import pytest

from bot.policy import Policy
from bot.policy.names import find, read
from bot.policy.rules import RULES, RuleError

FILES = sorted(RULES.glob("*/*.txt"))
PEOPLE = {file.stem: read(file) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_list_is_well_written_and_names_nobody_twice(file: Path) -> None:
    lines = [line for line in file.read_text("utf-8").splitlines() if line[0] != "#"]
    assert len(lines) == len(PEOPLE[file.stem]) > 200
    assert all(line == line.strip() and ";;" not in line for line in lines)


def test_nobody_is_on_two_lists() -> None:
    terms = [term for people in PEOPLE.values() for own in people.values() for term in own]
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize("people", PEOPLE.values(), ids=PEOPLE)
@pytest.mark.parametrize("written", ["a bust of {}", "{}'s castle", "THE {} ON MARS"])
def test_everybody_is_found(policy: Policy, people: dict, written: str) -> None:
    missed = [n for n in people if policy.check(written.format(n)).category != "figures"]
    assert missed == []


@pytest.mark.parametrize(
    "prompt",
    ["Beyonce dancing", "beyoncé’s hat", "Zelenskyy in snow", "ZELENSKY", "Kim-Jong-Un in a boat",
     "Erdogan with a cat", "Mbappe, oil on canvas", "Шакира? no: Shakira", "J.K. Rowling reading"],
)  # fmt: skip
def test_spellings_fold(policy: Policy, prompt: str) -> None:
    assert policy.check(prompt).category == "figures"


@pytest.mark.parametrize(
    "prompt",
    ["Lincoln, Nebraska", "Washington state in autumn", "the river Jordan", "a Jordan almond",
     "Prince Edward Island", "Prince William Sound", "Paris, Texas", "a maduro cigar",
     "the Leclerc tank", "Branson, Missouri", "Melania, a Greek name", "a Lorde's manor",
     "Pope Leo X", "King Charles II on horseback", "a musk ox", "jordan's flag", "an eminent man"],
)  # fmt: skip
def test_places_things_and_history_are_spared(policy: Policy, prompt: str) -> None:
    assert policy.check(prompt).category != "figures"


def test_a_person_is_found_by_every_name() -> None:
    people = PEOPLE["politicians"]
    assert find(people, "obama") == find(people, "Barack Hussein-Obama") == "Barack Obama"
    assert find(people, "Abraham Lincoln") is None


def test_a_mistake_in_a_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "people.txt").write_text("# a head\nA B; A\n\nC D; !!\n")
    with pytest.raises(RuleError, match=r"people.txt, line 4: a name has no letter"):
        read(tmp_path / "people.txt")
