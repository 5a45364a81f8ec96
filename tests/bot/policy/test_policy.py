"""The verdict: which finding decides, what settings change, and that nothing makes it raise."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import CATEGORY_NAMES, Policy, Verdict
from config import Action, ConfigError

POLICY = Policy.load()
BITS = st.sampled_from(
    ["kill ", "a man ", "n.u.d.e", "k1ll", "😀", "\u202e", "\u200b", "\u0336", "ﷺ", "a ", "!", "猫",
     "aa", "|", "\ud800", "\x00", "\n", "child ", "@$", "9", "Ａ", "٣", "\U000e0041", "\U0010ffff"]
)  # fmt: skip


def test_a_harmless_prompt_is_allowed(policy: Policy) -> None:
    assert policy.check("A red cube, above a BLUE ball!") == Verdict(
        True, "allow", None, None, None, "a red cube above a blue ball"
    )


def test_a_refusal_says_what_and_where(policy: Policy) -> None:
    prompt = "oil painting: a man stabbing a woman, dramatic"
    verdict = policy.check(prompt)
    assert (verdict.allowed, verdict.action) == (False, "block")
    assert (verdict.category, verdict.rule) == ("violence", "violence.kill")
    assert verdict.span is not None
    assert prompt[slice(*verdict.span)] == "stabbing a woman"


def test_a_flag_lets_the_prompt_through(policy: Policy) -> None:
    verdict = policy.check("a man punching a woman")
    assert (verdict.allowed, verdict.action, verdict.rule) == (True, "flag", "violence.beating")


@pytest.mark.parametrize(("action", "allowed"), [("block", False), ("flag", True), ("allow", True)])
def test_a_setting_replaces_the_action_of_a_category(action: Action, allowed: bool) -> None:
    verdict = Policy(POLICY.book, {"violence": action}).check("a man punching a woman")
    assert (verdict.action, verdict.allowed) == (action, allowed)
    assert (verdict.category is None) == (action == "allow")


def test_an_allowed_category_hides_no_other() -> None:
    lenient = Policy(POLICY.book, {"figures": "allow"})
    assert lenient.check("Taylor Swift naked").category == "sexual"
    assert lenient.check("Taylor Swift").category is None


def test_the_gravest_category_is_named_and_a_block_before_a_flag(policy: Policy) -> None:
    assert policy.check("Elon Musk and a naked child").category == "sexual_minors"
    assert policy.check("Hitler, and a man punching Elon Musk").category == "figures"


def test_sexual_content_with_minors_is_blocked_whatever_is_set() -> None:
    with pytest.raises(ConfigError, match="sexual_minors is always blocked"):
        Policy(POLICY.book, {"sexual_minors": "flag"})
    everything = {name: "allow" for name in CATEGORY_NAMES if name != "sexual_minors"}
    assert not Policy(POLICY.book, everything).check("a naked child").allowed  # type: ignore[arg-type]


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ConfigError, match="violance is not a category; did you mean violence"):
        Policy.load({"violance": "flag"})
    with pytest.raises(ConfigError, match="there are sexual_minors, sexual,"):
        Policy.load({"xyz": "flag"})
    with pytest.raises(ConfigError, match="violence must be block or flag or allow"):
        Policy.load({"violence": "stop"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "prompt",
    ["", " ", "\u200b\u200d\ufeff", "\u3164", "😀🔥", "\ud83d", "\x00\x01", "\u202eevil\u202c",
     "картина кошки", "一只红色的猫", "صورة قطة", "ภาพแมว", "एक लाल बिल्ली", "\u2067abc\u2069 שלום"],
)  # fmt: skip
def test_odd_prompts_are_harmless(policy: Policy, prompt: str) -> None:
    assert policy.check(prompt).action == "allow"


UNITS = ["a ", "a.", "k", "1", "a1", "kill man ", "@$!|", "\u200b", "一", "😀", "a   b ", "k-"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_hundred_thousand_characters_are_no_trouble(policy: Policy, unit: str) -> None:
    policy.check((unit * 100_000)[:100_000])


def seconds(prompt: str) -> float:
    start = time.thread_time()
    POLICY.check(prompt)
    return time.thread_time() - start


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(BITS, st.sampled_from(UNITS)), min_size=1, max_size=8).map("".join))
def test_no_text_takes_more_than_linear_time(unit: str) -> None:
    """Sixteen times the length takes sixteen times the time; for its square it would be 256."""
    short, long = ((unit * length)[:length] for length in (4_000, 64_000))
    assert min(seconds(long) for _ in range(2)) < 64 * max(seconds(short), 0.001)


def check_anything(prompt: str) -> None:
    verdict = POLICY.check(prompt)
    assert verdict.allowed == (verdict.action != "block")
    if verdict.span is not None:
        assert 0 <= verdict.span[0] < verdict.span[1] <= len(prompt)


@given(st.text())
def test_any_text_has_a_verdict(prompt: str) -> None:
    check_anything(prompt)


@given(st.lists(BITS, max_size=40).map("".join))
def test_any_mix_of_tricks_has_a_verdict(prompt: str) -> None:
    check_anything(prompt)


@given(st.lists(BITS, max_size=10).map("".join), st.lists(BITS, max_size=10).map("".join))
def test_words_around_it_do_not_hide_a_slur(before: str, after: str) -> None:
    assert not POLICY.check(f"{before}, lolicon porn, {after}").allowed
