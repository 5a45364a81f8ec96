"""A server's numbers in words, and the charts that show them."""

from collections.abc import Sequence

from bot.charts import Panel
from bot.presenters.text import count, duration
from db.stats import Day


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
    labels = [f"{day.date:%d %b}".lstrip("0") for day in days]
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
