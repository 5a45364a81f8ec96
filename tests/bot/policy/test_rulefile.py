"""A mistake in a rule file is named with its file, line and reason, and nothing is loaded."""

from pathlib import Path

import pytest

from bot.policy.rules import RuleError, load

HEAD = 'category = "spam"\naction = "block"\n'
RULE = """
[[rule]]
id = "spam.x"
version = 1
reason = "is spam"
any = ["@offer", "buy{,s,ing} now"]
match = ["buy now"]
no_match = ["buy later"]
"""
LISTS = 'ordinary = []\n[lists]\noffer = ["free {beer,wine}"]\n'


def folder(tmp_path: Path, source: str, lists: str = LISTS) -> Path:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "lists.toml").write_text(lists, encoding="utf-8")
    (tmp_path / "en" / "spam.toml").write_text(source, encoding="utf-8")
    return tmp_path


def complaint(tmp_path: Path, source: str, lists: str = LISTS) -> str:
    with pytest.raises(RuleError) as refused:
        load(folder(tmp_path, source, lists))
    return str(refused.value)


def test_a_rule_is_spelled_out(tmp_path: Path) -> None:
    (rule,) = load(folder(tmp_path, HEAD + RULE)).rules
    assert rule.groups[0] == {
        ("free", "beer"), ("free", "wine"), ("buy", "now"), ("buys", "now"), ("buying", "now"),
    }  # fmt: skip
    assert (rule.category, rule.action, rule.ordered) == ("spam", "block", False)


def test_terms_are_folded_like_prompts(tmp_path: Path) -> None:
    (rule,) = load(folder(tmp_path, HEAD + RULE.replace("@offer", "Café-bar"))).rules
    assert ("cafe", "bar") in rule.groups[0]


def test_a_list_serves_within_a_term_and_in_another_list(tmp_path: Path) -> None:
    lists = LISTS + 'more = ["@offer", "gifts"]\n'
    (rule,) = load(folder(tmp_path, HEAD + RULE.replace("@offer", "take @more"), lists)).rules
    assert {("take", "free", "wine"), ("take", "gifts")} <= rule.groups[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version = 1", "version = one", "en/spam.toml, line 6: "),
        ("version = 1", 'version = "1"', "line 6: version must be a whole number of 1 or more."),
        ("version = 1\n", "", "line 4: version must be a whole number of 1 or more."),
        ('"is spam"', '""', "line 7: reason must be text in quotes."),
        ("no_match", "nomatch", "line 10: nomatch is not a key here; did you mean no_match?."),
        ('match = ["buy now"]', "match = []", "line 5: a rule needs examples in match and"),
        ("any =", "all =", "line 8: all must be two or more lists of texts in quotes."),
        ("any =", "within =", "line 5: a rule needs one of any, all, sequence."),
        ("@offer", "@ofer", "line 8: there is no list 'ofer' above '@ofer'."),
        ("{,s,ing}", "{,s,ing", "line 8: 'buy{,s,ing now' has a brace without its partner"),
        ("@offer", "!", "line 8: '!' has a spelling without any letter."),
        ("@offer", "{a,b}" * 12, "stands for more than 1000 terms."),
        ('"spam.x"', '"hate.x"', "line 5: id must begin with spam.."),
        ('"spam"', '"spm"', "line 1: category must be one of sexual_minors, sexual,"),
        ('"block"', '"stop"', "line 2: action must be block or flag or allow."),
        ("[[rule]]", "[rule]", "line 1: each rule must begin with [[rule]]."),
        ("[[rule]]", '[["rule"]]', "line 1: each rule must begin with"),
        ("match = [", "match = [1, ", "line 9: match must be a list of texts in quotes."),
        ('"buy later"]', '"buy later"', "en/spam.toml, line "),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in complaint(tmp_path, (HEAD + RULE).replace(old, new, 1))


def test_an_id_is_given_once(tmp_path: Path) -> None:
    second = "line 13: there is a rule spam.x already."
    assert second in complaint(tmp_path, HEAD + RULE + RULE)


def test_a_missing_list_file_is_named(tmp_path: Path) -> None:
    rules = folder(tmp_path, HEAD + RULE)
    (rules / "en" / "lists.toml").unlink()
    with pytest.raises(RuleError, match=r"en/lists.toml, line 1: it can't be read"):
        load(rules)
