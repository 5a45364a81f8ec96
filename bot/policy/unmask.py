"""Words behind disguises: l33t spelling, l e t t e r s apart, repeeeated letters.

Finds what may be a disguise and asks the vocabulary which word it hides; where there is none
the letters stay. Knows no rules and no categories, and nothing of a prompt before it was folded.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bot.policy.normalise import Word
from bot.policy.vocabulary import Vocabulary

WIDEST_GAP = 8
"""Characters between two letters of one word, at most."""

_CHUNK = re.compile(r"[a-z\d@$!|+€£¢¥×]+")
_SIGN = re.compile(r"[\d@$!|+€£¢¥×]")
_CODE = re.compile(r"[a-z]?\d\d+[a-z]?")
"""A road or a telephone, such as A55."""

_REPEAT = re.compile(r"(.)\1")
_SEPARATOR = re.compile(r"[\s,;:/()\[\]{}\"'’&=]")
"""What stands between words in plain writing; anything else between letters may be a trick."""


def unmask(text: str, words: Sequence[Word], vocabulary: Vocabulary) -> list[Word]:
    """The words of a folded text once more, with every disguised one that is known read."""
    readings = [
        *_repeated(words, vocabulary),
        *_leet(text, vocabulary),
        *_spaced(text, words, vocabulary),
        *_glued(text, words, vocabulary),
    ]
    taken: list[Word] = []
    for word in sorted(readings, key=lambda word: (word.start, -word.end)):
        if not taken or word.start >= taken[-1].end:
            taken.append(word)
    return _replaced(words, taken) if taken else list(words)


def with_numbers_read(words: Sequence[Word], vocabulary: Vocabulary) -> list[Word]:
    """The words once more, with numbers read as letters too, even those that rules know: 4, 15."""
    return [
        Word(vocabulary.letters(word.text) or word.text, word.start, word.end)
        if word.text.isdigit()
        else word
        for word in words
    ]


def _replaced(words: Sequence[Word], taken: Sequence[Word]) -> list[Word]:
    """The words with those that lie under a reading left out for it. Both are in order."""
    result: list[Word] = []
    waiting = list(taken)[::-1]
    for word in words:
        while waiting and waiting[-1].start <= word.start:
            result.append(waiting.pop())
        if not result or word.start >= result[-1].end:
            result.append(word)
    return result + waiting[::-1]


def _repeated(words: Iterable[Word], vocabulary: Vocabulary) -> Iterator[Word]:
    """Repeeeated letters."""
    for word in words:
        if _REPEAT.search(word.text) and word.text.isalpha() and word.text not in vocabulary.words:
            yield from _reading(vocabulary, [word])


def _leet(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    """l33t: signs for letters. Where one word has them, numbers and codes may be words as well."""
    if not _SIGN.search(text):
        return
    readings: list[Word] = []
    doubtful: list[Word] = []
    for found in _CHUNK.finditer(text):
        if found[0].isalpha():
            continue
        for spelling in {found[0], found[0].rstrip("!|+")}:
            word = Word(spelling, found.start(), found.start() + len(spelling))
            letters = sum(map(str.isalpha, spelling))
            certain = letters > 1 or (letters == 1 and not _CODE.fullmatch(spelling))
            (readings if certain else doubtful).extend(_reading(vocabulary, [word]))
    yield from readings
    if readings:
        yield from doubtful


def _spaced(text: str, words: Sequence[Word], vocabulary: Vocabulary) -> Iterator[Word]:
    """l e t t e r s apart, alone or several words of them."""
    for run in _letter_runs(words):
        for part in _at_wider_gaps(text, run):
            if len(part) < 2:
                continue
            letters = "".join(word.text for word in part)
            known = vocabulary.read(letters)
            pieces = [] if known else vocabulary.segment(letters)
            if not pieces:
                yield Word(known or letters, part[0].start, part[-1].end)
            for start, end in pieces:
                yield Word(letters[start:end], part[start].start, part[end - 1].end)


def _letter_runs(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Runs of neighbouring one-letter words with a gap between them."""
    run: list[Word] = []
    for word in words:
        if run and (len(word.text) > 1 or not 0 < word.start - run[-1].end <= WIDEST_GAP):
            yield run
            run = []
        if len(word.text) == 1:
            run.append(word)
    yield run


def _at_wider_gaps(text: str, run: Sequence[Word]) -> Iterator[list[Word]]:
    """A run of three letters or more, cut where a gap has more spaces than the narrowest one."""
    if len(run) < 3:
        return
    spaces = [sum(map(str.isspace, text[a.end : b.start])) for a, b in pairwise(run)]
    narrowest = min(spaces)
    part = [run[0]]
    for word, width in zip(run[1:], spaces, strict=True):
        if width > narrowest:
            yield part
            part = []
        part.append(word)
    yield part


def _glued(text: str, words: Sequence[Word], vocabulary: Vocabulary) -> Iterator[Word]:
    """Words bro-ken by signs that don't stand between words in plain writing."""
    group: list[Word] = []
    for word in [*words, None]:
        if word and group and not _SEPARATOR.search(text, group[-1].end, word.start):
            yield from _reading(vocabulary, [group[-1], word])
            group.append(word)
            continue
        if len(group) > 2:
            yield from _reading(vocabulary, group)
        group = [word] if word else []


def _reading(vocabulary: Vocabulary, parts: Sequence[Word]) -> Iterator[Word]:
    """The reading of the parts as one word, if there is one."""
    if known := vocabulary.read("".join(part.text for part in parts)):
        yield Word(known, parts[0].start, parts[-1].end)
