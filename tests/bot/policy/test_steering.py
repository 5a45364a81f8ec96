"""Words are added for people whom a prompt leaves open, and nowhere else."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.steering import LABELLED, holds
from bot.policy.steering import open_places, steered
from config import Config

SHARES = Config(data_dir=Path()).steering.shares()
ONE = [{"tall": 1.0}, {"old": 1.0}]


def test_precision_and_recall_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(LABELLED.read_text("utf-8").splitlines()) > 300
    assert holds(LABELLED), capsys.readouterr().out


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a doctor", "a tall old doctor"),
        ("A marine biologist, at sea", "A tall old marine biologist, at sea"),
        ("an engineer", "a tall old engineer"),
        ("a smiling police officer", "a smiling tall old police officer"),
        ("a doctor and an astronaut", "a tall old doctor and a tall old astronaut"),
        ('a doctor with a sign "a nurse"', 'a tall old doctor with a sign "a nurse"'),
        ("A CHEF IN RED", "A tall old CHEF IN RED"),
        ("a red cube", "a red cube"),
        ("", ""),
    ],
)
def test_words_stand_before_the_person(prompt: str, expected: str) -> None:
    assert steered(prompt, 1, ONE) == expected


def test_articles_fit() -> None:
    assert steered("a doctor", 1, [{"East Asian": 1}]) == "an East Asian doctor"
    assert steered("An artist", 1, [{"white": 1}]) == "A white artist"
    assert steered("the artist", 1, [{"white": 1}]) == "the white artist"


def test_a_seed_draws_the_same_and_all_words_come_up() -> None:
    drawn = [steered("a doctor", seed, SHARES) for seed in range(600)]
    assert drawn == [steered("a doctor", seed, SHARES) for seed in range(600)]
    counts = Counter(drawn)
    assert len(counts) == len(SHARES[0]) * len(SHARES[1])
    assert min(counts.values()) > 20 and max(counts.values()) < 100


def test_weights_are_kept_and_nothing_can_be_drawn() -> None:
    weights = [{"tall": 3.0, "small": 1.0, "odd": 0.0}]
    counts = Counter(steered("a doctor", seed, weights) for seed in range(2000))
    assert counts["a odd doctor"] == counts["an odd doctor"] == 0
    assert 0.7 < counts["a tall doctor"] / 2000 < 0.8
    assert steered("a doctor", 1, [{}, {"tall": 0.0}]) == "a doctor"


@given(st.text(max_size=200), st.integers(0, 2**32))
def test_any_text_stays_whole(prompt: str, seed: int) -> None:
    places = open_places(prompt)
    assert places == sorted(places) and all(0 <= place < len(prompt) for place in places)
    assert bool(places) == (steered(prompt, seed, ONE) != prompt)


@given(st.lists(st.sampled_from(["a doctor", "an artist", "“", '"', ",", "his", "red", "'"])))
def test_what_was_typed_is_all_there(parts: list[str]) -> None:
    prompt = " ".join(parts)
    without = steered(prompt, 1, ONE).replace("tall old ", "")
    assert without.replace("an ", "a ") == prompt.replace("an ", "a ")


@pytest.mark.parametrize(
    "unit", ["a doctor ", pytest.param("doctor,", marks=pytest.mark.slow), '"', "a", "Bob "]
)
def test_long_prompts_are_no_trouble(unit: str) -> None:
    steered((unit * 100_000)[:100_000], 1, ONE)
