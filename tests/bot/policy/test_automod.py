"""A server's own AutoMod rules on prompts: as Discord defines them, and never slow."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import AutoModRule, Choices, Policy
from bot.policy.automod import search, unusable
from bot.policy.normalise import fold


def found(prompt: str, **rule: Any) -> str | None:
    """What a rule finds in the prompt."""
    hit = search(AutoModRule("ours", "block", **rule), prompt, fold(prompt))
    return prompt[slice(*hit[1])] if hit else None


@pytest.mark.parametrize(
    ("keyword", "yes", "no"),
    [
        ("cat", ["cat", "a CAT!", "cat-like", "the cát"], ["catch", "wildcat", "concat"]),
        ("tra*", ["train", "a Trade", "traditional"], ["extra", "ultra"]),
        ("*cat", ["wildcat", "a copyCat", "cat"], ["catch", "cats"]),
        ("*cat*", ["location", "eduCation"], ["dog"]),
        ("the mat", ["on the mat."], ["the matrix", "thematic"]),
        ("the mat*", ["the matrix"], ["on mat"]),
        ("f.o", ["f.o"], ["foo", "fxo"]),
        ("кошка", ["моя КОШКА"], ["кошкам", "cat"]),
        ("🔥", ["so 🔥", "a🔥"], ["fire"]),
        ("*", [], ["anything"]),
        ("  ", [], ["anything", " "]),
    ],
)
def test_keywords_stand_as_discord_says(keyword: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if found(text, keywords=(keyword,)) is None] == []
    assert [text for text in no if found(text, keywords=(keyword,)) is not None] == []


def test_neighbouring_words_are_both_seen() -> None:
    rule = {"keywords": ("bad",), "allowed": ("bad wolf",)}
    assert found("bad wolf", **rule) is None
    assert found("bad wolf bad", **rule) == "bad"
    assert found("bad bad wolf", **rule) == "bad"


def test_an_allow_list_excuses_only_what_it_covers() -> None:
    rule = {"keywords": ("*cat*",), "patterns": ("c[ao]t",), "allowed": ("location", "dedi*")}
    assert found("a location", **rule) is None
    assert found("a location of cats", **rule) == "cat"
    assert found("dedication", **rule) == "cat"


def test_disguises_are_seen_through() -> None:
    assert found("a crаte of ｂａｄ apples", keywords=("bad apples",)) == "ｂａｄ apples"
    assert found("b\u200ba\u200bd", patterns=("bad",)) == "b\u200ba\u200bd"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"(?i)sn[o0]w\s+man", "SN0W  MAN"), (r"\p{Greek}+", "a λόγος"), (r"^\d{4}$", "2024"),
     (r"(?P<who>elf|dwarf)s?\b", "two elfs"), (r"\x{1F600}", "😀"), (r"a)|(b", "ab")],
)  # fmt: skip
def test_patterns_are_rusts(pattern: str, text: str) -> None:
    rule = AutoModRule("ours", "block", patterns=(pattern,))
    if pattern == "a)|(b":
        assert "unexpected )" in unusable(rule)[pattern]
    else:
        assert unusable(rule) == {}
        assert found(text, patterns=(pattern,))


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)b", "(?<!a)b", r"(a)\1", "[a-z&&[^b]]", "[a[bc]]", r"\bслово", "a*", "(", r"\u{1F600}",
     "(?x) a b", "x{1001}", ""],
)  # fmt: skip
def test_what_can_not_be_applied_is_named_and_stops_nothing_else(pattern: str) -> None:
    rule = AutoModRule("ours", "block", patterns=(pattern, "wolf"))
    assert list(unusable(rule)) == [pattern] and unusable(rule)[pattern]
    assert found("a b slowo 🙂 aa ((", patterns=(pattern,)) is None
    assert found("a wolf", patterns=(pattern, "wolf")) == "wolf"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}$", "(x+x+)+y", "a.*b|a"])
def test_no_pattern_takes_long(pattern: str) -> None:
    found("a", patterns=(pattern,))
    start = time.thread_time()
    for text in ("a" * 1000 + "!", "ax" * 500, "x" * 1000):
        found(text, patterns=(pattern,))
    assert time.thread_time() - start < 0.25


def test_a_full_rule_is_no_trouble() -> None:
    keywords = tuple(f"{'ab cd '[: n % 6]}{n:x}" * 8 for n in range(1000))
    rule = {"keywords": keywords, "allowed": keywords[:100]}
    assert found("nothing of it " * 70, **rule) is None
    start = time.thread_time()
    assert found(f"nothing {keywords[500]}", **rule) == keywords[500].strip()
    assert time.thread_time() - start < 0.1


@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_any_rule_on_any_text_has_an_answer(prompt: str, keyword: str, pattern: str) -> None:
    rule = AutoModRule("ours", "flag", (keyword, f"*{keyword}"), (pattern,), ("a*",))
    hit = search(rule, prompt, fold(prompt))
    if hit is not None:
        assert 0 <= hit[1][0] < hit[1][1] <= len(prompt)


def test_the_policy_says_which_rule_and_keeps_its_own(policy: Policy) -> None:
    ours = (AutoModRule("no wolves", "block", ("wolf",)), AutoModRule("snow", "flag", ("snow*",)))
    adapted = policy.adapted(Choices(automod=ours))
    verdict = adapted.check("a wolf in snowfall")
    assert (verdict.action, verdict.category, verdict.rule) == (
        "block",
        "server",
        "server.no wolves",
    )
    assert verdict.span == (2, 6)
    assert adapted.check("snowfall").action == "flag"
    assert adapted.check("a naked child with a wolf").category == "sexual_minors"
    assert policy.check("a wolf").allowed
    off = policy.adapted(Choices((("server", "allow"),), automod=ours))
    assert off.check("a wolf").allowed
