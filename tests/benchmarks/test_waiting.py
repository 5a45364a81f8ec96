"""The times that members are told come true, in towns of 50 members and one machine."""

import pytest

from benchmarks import waiting

TOLD = {town.name: town for town in waiting.TOWNS}


@pytest.mark.parametrize("name", ["quiet, one processor", "busy, one GPU"])
async def test_half_of_the_times_are_right_within_30_percent(name: str) -> None:
    assert await waiting._measured(TOLD[name], members=50, wanted=60) <= 0.3
