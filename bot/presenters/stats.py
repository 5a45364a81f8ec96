"""A server's numbers in words, and the charts that show them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import TypeVar

from bot.charts import Panel
from bot.presenters.text import count, duration
from db.flag_tables import CaseState
from db.flags import UNDECIDED
from db.stats import CaseDay, Day

Kind = TypeVar("Kind", bound=Hashable)

STAGES = {
    "prompt": "prompt",
    "upload": "upload",
    "joint": "both",
    "output": "result",
    "report": "report",
}
CATEGORIES_SHOWN = 3
HOUR = 3600


def summary(days: Sequence[Day]) -> str:
    """The days in two lines, also for whoever doesn't see the charts."""
    made = sum(day.pictures for day in days)
    refused = sum(day.refused for day in days)
    waits = sorted(day.wait for day in days if day.wait is not None)
    wait = f"On a usual day pictures take {duration(waits[len(waits) // 2])}." if waits else ""
    return (
        f"## The last {count(len(days), 'day')}\n"
        f"{count(made, 'picture')}, {count(refused, 'refusal')}. {wait}".rstrip()
    )


def panels(days: Sequence[Day]) -> list[Panel]:
    """What was made, how long it took, what was refused, how busy the device was."""
    labels = _labels(day.date for day in days)
    waits = {
        "median": [day.wait for day in days],
        "9 of 10 within": [day.long_wait for day in days],
    }
    return [
        Panel("Pictures a day", labels, {"pictures": [day.pictures for day in days]}),
        Panel("From request to pictures", labels, waits, bars=False, unit="seconds"),
        Panel("Refused prompts a day", labels, {"refused": [day.refused for day in days]}),
        Panel(
            "Time in which pictures are drawn, for all servers",
            labels,
            {"busy": [100 * day.busy for day in days]},
            unit="%",
        ),
    ]


def case_summary(days: Sequence[CaseDay]) -> str:
    """The cases in two lines, also for whoever doesn't see the charts."""
    states = _total(day.states for day in days)
    waits = [wait for day in days for wait in day.waits]
    wait = f" Half were decided within {duration(median(waits))}." if waits else ""
    return (
        f"## Cases of the last {count(len(days), 'day')}\n"
        f"{count(states.total(), 'case')}: {states[CaseState.upheld]} upheld,"
        f" {states[CaseState.overturned]} overturned,"
        f" {sum(states[state] for state in UNDECIDED)} open.{wait}"
    )


def case_panels(days: Sequence[CaseDay]) -> list[Panel]:
    """Where cases were found, what they were about, how they ended, and how long they waited."""
    labels = _labels(day.date for day in days)
    states = [day.states for day in days]
    outcomes = {
        "upheld": [day[CaseState.upheld] for day in states],
        "overturned": [day[CaseState.overturned] for day in states],
        "open": [sum(day[state] for state in UNDECIDED) for day in states],
    }
    waits = {
        "median": [median(day.waits) / HOUR if day.waits else None for day in days],
        "longest": [max(day.waits) / HOUR if day.waits else None for day in days],
    }
    return [
        Panel("Cases a day", labels, _series([day.stages for day in days], STAGES)),
        Panel("What about", labels, _categories([day.categories for day in days])),
        Panel("Outcome", labels, outcomes),
        Panel("From case to decision", labels, waits, bars=False, unit="hours"),
    ]


def _labels(dates: Iterable[date]) -> list[str]:
    return [f"{day:%d %b}".lstrip("0") for day in dates]


def _total(days: Iterable[Counter[Kind]]) -> Counter[Kind]:
    return sum(days, Counter())


def _series(days: Sequence[Counter[str]], names: Mapping[str, str]) -> dict[str, list[int]]:
    return {name: [day[key] for day in days] for key, name in names.items()}


def _categories(days: Sequence[Counter[str]]) -> dict[str, list[int]]:
    """The most frequent ones by themselves, the rest as one."""
    most = [key for key, _ in _total(days).most_common(CATEGORIES_SHOWN)]
    shown = _series(days, {key: key.replace("_", " ") or "report" for key in most})
    return shown | {"others": [day.total() - sum(day[key] for key in most) for day in days]}
