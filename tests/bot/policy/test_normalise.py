"""Folding a prompt, and finding the way back to it."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.confusables import condense, table
from bot.policy.confusables import fold as fold_character
from bot.policy.normalise import fold, words


@pytest.mark.parametrize(
    ("prompt", "plain"),
    [
        ("Red CUBE", "red cube"),
        ("ｒｅｄ", "red"),
        ("𝒓𝒆𝒅", "red"),
        ("Ⓡⓔⓓ", "red"),
        ("🅡🅴🇩", "red"),
        ("ʀᴇᴅ", "red"),
        ("Beyoncé", "beyonce"),
        ("Øresund łódź", "oresund lodz"),
        ("r\u200be\u0301\u0336\ufe0fd", "red"),
        ("еаріор", "eapiop"),
        ("ΝΑΖΙ", "nazi"),
        ("ІSІS", "isis"),
        ("Straße", "strasse"),
        ("ﬁsh", "fish"),
        ("\u3164", ""),
        ("", ""),
    ],
)
def test_letters_become_plain(prompt: str, plain: str) -> None:
    assert fold(prompt).text == plain


def test_hangul_reads_the_same_composed_and_decomposed() -> None:
    assert fold("한글").text == fold("\u1112\u1161\u11ab\u1100\u1173\u11af").text


def test_span_leads_back_to_the_prompt() -> None:
    prompt = "ﬁne ｒ\u200bｅ\u0301ｄ!"
    folded = fold(prompt)
    start = folded.text.index("red")
    assert folded.span(start, start + 3) == (4, 9)
    assert prompt[4:9] == "ｒ\u200bｅ\u0301ｄ"


def test_span_of_half_a_ligature_is_all_of_it() -> None:
    assert fold("ﬁ").span(0, 1) == (0, 1)
    assert fold("ﬁ").span(1, 2) == (0, 1)


def test_words_are_letters_and_digits() -> None:
    assert [word.text for word in words("it's a 4k_photo, twice")] == [
        "it", "s", "a", "4k", "photo", "twice",
    ]  # fmt: skip


def test_scripts_without_spaces_give_a_word_a_character() -> None:
    assert [word.text for word in words("a猫と犬")] == ["a", "猫", "と", "犬"]


@given(st.text())
def test_any_text_folds_and_its_spans_lie_within_it(prompt: str) -> None:
    folded = fold(prompt)
    assert len(folded.origins) == len(folded.text) + 1
    assert list(folded.origins) == sorted(folded.origins)
    for word in words(folded.text):
        start, end = folded.span(word.start, word.end)
        assert 0 <= start < end <= len(prompt)


def test_table_holds_characters_that_nothing_else_settles() -> None:
    assert table()["а"] == "a"
    assert not any(character.isascii() for character in table())


def test_table_is_made_from_unicodes_rows() -> None:
    rows = [
        "# a comment",
        "0430 ;\t0061 ;\tMA\t# ( а → a )",
        "118E3 ;\t0072 006E ;\tMA\t# ( 𑣣 → rn )",
        "FF41 ;\t0061 ;\tMA\t# ( ａ → a ) full width, which NFKD settles",
        "0031 ;\t006C ;\tMA\t# ( 1 → l ) ASCII stays",
    ]
    assert condense(rows) == "a\tа\nm\t𑣣\n"


def test_what_a_letter_is_read_as_is_read_no_further() -> None:
    letters = filter(str.isalnum, map(chr, range(sys.maxunicode + 1)))
    read = {fold_character(letter) for letter in letters}
    assert [plain for plain in read if fold(plain).text != plain] == []


def test_a_character_that_looks_like_nothing_else_stays() -> None:
    assert fold_character("☃") == "☃"
    assert fold_character("ж") == "ж"
