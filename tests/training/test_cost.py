"""The cost of training is counted, not guessed; by hand it comes to the same."""

from pathlib import Path

import pytest

from training.cost import PEAK, USED, Cost, costs, table
from training.paper import Plan

README = Path(__file__).parents[2] / "training" / "README.md"

pytestmark = pytest.mark.slow  # nothing is computed, but six large networks are built


@pytest.fixture(scope="module")
def found() -> dict[str, Cost]:
    return costs(Plan())


def test_operations_are_six_a_parameter_and_token(found: dict[str, Cost]) -> None:
    """Two forwards and four backwards (Kaplan et al. 2020, table 1); attention comes on top."""
    text, picture = 302e6 * 256, 630e6 * 257
    frozen = 2 * (text + picture)
    assert found["clip"].operations == pytest.approx(3 * frozen, rel=0.05)
    assert found["prior"].operations == pytest.approx(6 * 1208e6 * 260 + frozen, rel=0.05)
    written = 797e6 * (256 + 2 + 318)
    assert found["ar_prior"].operations == pytest.approx(
        6 * (1208e6 * 256 + written) + frozen, rel=0.05
    )


def test_hours_are_operations_by_what_a_gpu_does() -> None:
    assert Cost(0, 3, int(PEAK * USED * 1200)).hours == pytest.approx(1)


def test_the_readme_shows_the_table(found: dict[str, Cost]) -> None:
    assert table(found) in README.read_text()
