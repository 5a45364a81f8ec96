"""Every error that a member can meet has a sentence; only our own faults have none."""

from datetime import UTC, datetime

import pytest
from discord import app_commands

from bot import answers, buttons, judge, submit
from bot.moderation import deeds
from bot.presenters.sentences import fault, refusal, sentence
from db import cases
from db.errors import FiveSquaresError, NotEnoughCredits

REFILL = datetime(2026, 4, 10, tzinfo=UTC)


def test_each_of_our_errors_says_one_thing_in_few_words() -> None:
    for module in (answers, buttons, deeds, judge, submit, cases):
        for error in vars(module).values():
            if isinstance(error, type) and issubclass(error, FiveSquaresError):
                text = error.__doc__ or ""
                assert text.endswith(".") and "\n" not in text and len(text) < 150, error


@pytest.mark.parametrize(
    ("balance", "words"),
    [(0, "You have no credits left."), (1, "That costs more than the 1 credit you have.")],
)
def test_not_enough_credits(balance: int, words: str) -> None:
    text = f"{words} New ones come on <t:1775779200:D>. `/buy` gets you more. Nothing was charged."
    assert sentence(NotEnoughCredits(balance, REFILL)) == text


def test_a_wallet_without_refills() -> None:
    text = "You have no credits left. `/buy` gets you more. Nothing was charged."
    assert sentence(NotEnoughCredits(0, None)) == text


def test_what_discord_py_refuses() -> None:
    assert "manage messages" in str(sentence(app_commands.MissingPermissions(["manage_messages"])))
    assert "in a server" in str(sentence(app_commands.NoPrivateMessage()))
    assert "restart Discord" in str(sentence(app_commands.CommandNotFound("old", [])))


def test_a_refusal_without_a_known_category() -> None:
    assert "something that the content policy excludes" in refusal(None)


def test_our_own_faults_show_only_a_reference() -> None:
    assert sentence(RuntimeError("secret")) is None
    assert fault("1a2b").endswith("`1a2b`.")
