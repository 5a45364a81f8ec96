from inference.vocabulary import Vocabulary

WORDS = Vocabulary(("a", "ball", "red"), context=5)


def test_known_words_become_tokens_with_an_end() -> None:
    assert WORDS.encode(["a red ball", "Red!"]).tolist() == [[2, 4, 3, 1, 0], [4, 1, 0, 0, 0]]


def test_long_prompts_are_cut_and_keep_their_end() -> None:
    assert WORDS.encode(["red " * 99]).tolist() == [[4, 4, 4, 4, 1]]


def test_unknown_words_are_named_once_in_order() -> None:
    assert WORDS.unknown("An astronaut, riding a red astronaut") == ["an", "astronaut", "riding"]


def test_emoji_are_words_and_marks_are_not() -> None:
    assert WORDS.unknown("🦄🦄 a red ball ☂️!") == ["🦄🦄", "☂"]


def test_words_that_do_not_fit_are_named() -> None:
    assert WORDS.unread("a red unknown red ball") == []
    assert WORDS.unread("a red ball a red, unknown ball") == ["red", "ball"]
