"""Reading disguised words as known ones, and leaving all others alone."""

import pytest

from bot.policy.normalise import fold, words
from bot.policy.unmask import unmask
from bot.policy.vocabulary import Vocabulary

KNOWN = Vocabulary(["kill", "nude", "woman", "ass", "raped", "of", "off"], ordinary=["rapped"])


def read(prompt: str) -> str:
    folded = fold(prompt)
    return " ".join(word.text for word in unmask(folded.text, words(folded.text), KNOWN))


@pytest.mark.parametrize(
    ("prompt", "reading"),
    [
        ("k1ll", "kill"),
        ("ki||", "kill"),
        ("K!LL!!!", "kill"),
        ("a$$", "ass"),
        ("a55 k1ll", "ass kill"),
        ("kiiilll", "kill"),
        ("kkiillll", "kill"),
        ("k.i.l.l", "kill"),
        ("k i l l", "kill"),
        ("k 1 l l", "kill"),
        ("ki*ll", "kill"),
        ("a n u d e  w o m a n", "a nude woman"),
        ("a   n u d e   w o m a n", "a nude woman"),
        ("a n u d e w o m a n", "a nude woman"),
        ("photo of a n u d e woman", "photo of a nude woman"),
        ("nu🔥de wom🔥an", "nude woman"),
        ("ooofff", "of"),
        ("ooofffff", "off"),
        ("0ff k1ll 455", "off kill ass"),
    ],
)
def test_reads(prompt: str, reading: str) -> None:
    assert read(prompt) == reading


@pytest.mark.parametrize(
    "prompt",
    [
        "a skill of killing",
        "the A55 to Wales",
        "a rapper rapped",
        "P A",
        "grass as glass",
        "455 of 1000",
        "nude,woman",
        "kil",
        "",
    ],
)
def test_leaves_alone(prompt: str) -> None:
    assert read(prompt) == " ".join(word.text for word in words(fold(prompt).text))


def test_a_reading_knows_where_it_came_from() -> None:
    folded = fold("a k.1.l.l b")
    word = unmask(folded.text, words(folded.text), KNOWN)[1]
    assert (word.text, folded.text[word.start : word.end]) == ("kill", "k.1.l.l")
