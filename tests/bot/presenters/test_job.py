"""A job's message fits into one of Discord's, whatever was asked for."""

from datetime import UTC, datetime

import pytest

from bot.presenters import job as texts
from bot.presenters import lists
from bot.presenters.lists import PROMPT_SHOWN
from db.outlook import Outlook
from db.tables import Job, Operation, State

MOST = 4000
"""Characters of all texts in a message together."""


def job(operation: Operation, words: str) -> Job:
    return Job(
        id=10**17,
        user_id=10**19,
        operation=operation,
        state=State.queued,
        params={"prompt": words, "before": words, "seed": 2**32, "sides": ["up", "down"]},
        cost=1,
        channel_id=10**19,
        created_at=datetime(2026, 3, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize("words", ["*" * 1000, "<" * 1000, "a" * 1000, "*a" * 500])
@pytest.mark.parametrize("operation", Operation)
def test_the_longest_job_fits(operation: Operation, words: str) -> None:
    asked = job(operation, words)
    unknown = ["*" * 100] * 20
    told = texts.finished(asked, unknown, unknown, 10_000) + texts.moved(asked)
    assert len(told) <= MOST


def test_a_list_of_the_longest_jobs_fits() -> None:
    waiting = job(Operation.text_diff, "*" * 1000)
    line = lists.request(waiting, Outlook(10**4, 10**5), f"https://discord.com/{'1' * 60}")
    assert len(texts.asked(waiting, PROMPT_SHOWN)) <= PROMPT_SHOWN + 20
    assert 10 * len(line) < MOST


def test_both_captions_are_shown_whole_where_there_is_room() -> None:
    shown = texts.asked(job(Operation.text_diff, "a " * 499 + "*"))
    assert shown.count("a " * 499 + r"\*") == 2
