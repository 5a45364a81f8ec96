"""What members wrote is shown as they wrote it, and amounts and times read well."""

import pytest

from bot.presenters.text import count, duration, escape, escaped, message_link, shorten


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a red cube", "a red cube"),
        ("**bold** _it_ ~no~ `x`", r"\*\*bold\*\* \_it\_ \~no\~ \`x\`"),
        ("||secret||", r"\|\|secret\|\|"),
        ("<#1> <:smile:2> </help:3>", r"\<#1> \<:smile:2> \</help:3>"),
        ("@everyone", "@\u200beveryone"),
        ("see https://x.y/a_b", "see https:\u200b//x.y/a\\_b"),
        ("# title", r"\# title"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_escape(written: str, shown: str) -> None:
    assert escape(written) == shown


@pytest.mark.parametrize("written", ["a" * 100, "*" * 100, "<" * 40 + "b" * 60, "short"])
def test_escaped_keeps_its_limit_and_its_marks_whole(written: str) -> None:
    shown = escaped(written, 50)
    assert len(shown) <= 50
    assert shown.endswith("…") or shown == "short"
    assert shown.removesuffix("…").replace("\\*", "").replace("\\<", "").count("\\") == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (38, "about 40 s"),
        (89, "about 90 s"),
        (200, "about 3 min"),
        (9000, "about 2 h"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_small_pieces() -> None:
    assert [count(n, "credit") for n in (0, 1, 2000)] == ["0 credits", "1 credit", "2,000 credits"]
    assert shorten("four words in here", 11) == "four words…"
    assert shorten("short", 11) == "short"
    assert message_link(None, 1, 2) == "https://discord.com/channels/@me/1/2"
