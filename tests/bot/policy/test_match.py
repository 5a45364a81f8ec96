"""How a rule combines its groups of words."""

from bot.policy.match import Matcher
from bot.policy.rules import Rule
from bot.policy.terms import Term


def terms(*phrases: str) -> frozenset[Term]:
    return frozenset(tuple(phrase.split()) for phrase in phrases)


def rule(
    *groups: frozenset[Term],
    ordered: bool = False,
    within: int = 5,
    exempt: frozenset[Term] = frozenset(),
    unless: frozenset[Term] = frozenset(),
) -> Rule:
    return Rule("spam.x", 1, "spam", "block", "", groups, ordered, within, exempt, unless, (), ())


def place(rule: Rule, prompt: str) -> tuple[int, int] | None:
    return next((place for _, place in Matcher([rule]).find(prompt.split())), None)


WHO, DOES = terms("man", "old man"), terms("kills", "cuts down")


def test_one_group_needs_one_of_its_terms() -> None:
    assert place(rule(terms("cuts down")), "he cuts it down") is None
    assert place(rule(terms("cuts down")), "he cuts down trees") == (1, 3)


def test_together_in_any_order() -> None:
    assert place(rule(WHO, DOES), "a man kills") == (1, 3)
    assert place(rule(WHO, DOES), "it kills a man") == (1, 4)


def test_a_sequence_only_in_order() -> None:
    assert place(rule(WHO, DOES, ordered=True), "a man kills") == (1, 3)
    assert place(rule(WHO, DOES, ordered=True), "it kills a man") is None


def test_not_further_apart_than_within() -> None:
    assert place(rule(WHO, DOES, within=4), "man 1 2 kills") == (0, 4)
    assert place(rule(WHO, DOES, within=4), "man 1 2 3 kills") is None
    assert place(rule(WHO, DOES, within=4), "man 1 2 3 man 1 kills") == (4, 7)
    assert place(rule(WHO, DOES, within=4, ordered=True), "man 1 2 3 man 1 kills") == (4, 7)


def test_one_word_can_not_play_two_parts() -> None:
    assert place(rule(terms("man"), terms("man", "boy")), "a man") is None


def test_an_exempt_phrase_takes_its_words_out_and_no_others() -> None:
    careful = rule(WHO, DOES, exempt=terms("kills time"))
    assert place(careful, "a man kills time") is None
    assert place(careful, "a man kills time and kills") == (1, 6)


def test_an_unless_word_anywhere_rests_the_rule() -> None:
    assert place(rule(WHO, DOES, unless=terms("museum")), "a man kills in a wax museum") is None


def test_three_groups() -> None:
    three = rule(terms("a"), terms("b"), terms("c"), within=3)
    assert place(three, "c b a") == (0, 3)
    assert place(three, "a b x c") is None
    in_order = rule(terms("a"), terms("b"), terms("c"), within=4, ordered=True)
    assert place(in_order, "a b a x c b c") is None
    assert place(in_order, "a b a b c") == (2, 5)


def test_every_broken_rule_is_found() -> None:
    rules = [rule(terms("a")), rule(terms("b")), rule(terms("c"))]
    assert len(list(Matcher(rules).find(["a", "b"]))) == 2


def test_a_sequence_may_ask_for_the_same_word_again() -> None:
    thrice = rule(terms("buy"), terms("buy"), terms("buy"), ordered=True, within=3)
    assert place(thrice, "now buy buy buy") == (1, 4)
    assert place(thrice, "buy buy now") is None
