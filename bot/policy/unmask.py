"""Words behind disguises: l33t spelling, l e t t e r s apart, repeeeated letters.

A disguised word is read only as a word that some rule knows (the vocabulary); every other
stays as it is, so an ordinary word can't be read into a forbidden one by accident.
Knows no rules and no categories, and nothing of the prompt before it was folded.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bot.policy.normalise import Word

LEET = str.maketrans("0123456789@$!|+€£¢¥×l", "oizeasgtbgasiiteicyxi")
"""What each sign is read as. An l is read as an i, since 1, ! and | may be either."""

WIDEST_GAP = 8
"""Characters between two letters of one word, at most."""

_CHUNK = re.compile(r"[a-z\d@$!|+€£¢¥×]+")
_SIGN = re.compile(r"[\d@$!|+€£¢¥×]")
_REPEAT = re.compile(r"(.)\1")
_RUN = re.compile(r"(.)\1*")
_SEPARATOR = re.compile(r"[\s,;:/()\[\]{}\"&=]")
"""What stands between words in plain writing; anything else between letters may be a trick."""


class Vocabulary:
    """The words that rules know, and those never taken for one of them (`ordinary`)."""

    def __init__(self, words: Iterable[str], ordinary: Iterable[str] = ()) -> None:
        self.words = frozenset(words)
        self.ordinary = frozenset(ordinary)
        self.longest = max(map(len, self.words), default=0)
        self._plain: dict[str, list[str]] = defaultdict(list)
        self._leet: dict[str, list[str]] = defaultdict(list)
        for word in sorted(filter(_disguisable, self.words)):
            self._plain[_squeeze(word)].append(word)
            self._leet[_squeeze(word.translate(LEET))].append(word)

    def read(self, spelling: str) -> str | None:
        """The known word that a spelling stands for: its letters, each at least as often.

        Signs are read as letters where there is one, or where a letter is repeated beyond
        any English word.
        """
        if spelling in self.words:
            return spelling
        if spelling in self.ordinary:
            return None
        leet = not spelling.isalpha() or max(_runs(spelling), default=0) > 2
        index = self._leet if leet else self._plain
        letters = spelling.translate(LEET) if leet else spelling
        for word in index.get(_squeeze(letters), ()):
            wanted = _runs(word.translate(LEET) if leet else word)
            if all(has >= wants for has, wants in zip(_runs(letters), wanted, strict=True)):
                return word
        return None

    def segment(self, letters: str) -> list[tuple[int, int]]:
        """Letters run together as known words (and "a" and "I"); empty if they aren't."""
        cuts = {0: 0}
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - self.longest), end):
                word = letters[start:end]
                if start in cuts and (word in self.words or word in ("a", "i")):
                    cuts[end] = start
                    break
        pieces: list[tuple[int, int]] = []
        end = len(letters) if len(letters) in cuts else 0
        while end:
            pieces.append((cuts[end], end))
            end = cuts[end]
        return pieces[::-1]


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
        if _REPEAT.search(word.text) and word.text not in vocabulary.words:
            yield from _reading(vocabulary, word.text, word.start, word.end)


def _leet(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    """l33t: signs inside a word that has letters too, two of them where the signs are digits."""
    if not _SIGN.search(text):
        return
    for found in _CHUNK.finditer(text):
        chunk = found[0].rstrip("!|+")
        letters = sum(map(str.isalpha, chunk))
        if letters < len(chunk) and letters >= (2 if chunk.isalnum() else 1):
            yield from _reading(vocabulary, chunk, found.start(), found.start() + len(chunk))


def _spaced(text: str, words: Sequence[Word], vocabulary: Vocabulary) -> Iterator[Word]:
    """l e t t e r s apart, alone or several words of them."""
    for run in _letter_runs(words):
        for part in _at_wider_gaps(text, run):
            letters = "".join(word.text for word in part)
            if len(part) < 3:
                continue
            if known := vocabulary.read(letters):
                yield Word(known, part[0].start, part[-1].end)
                continue
            for start, end in vocabulary.segment(letters):
                yield Word(letters[start:end], part[start].start, part[end - 1].end)


def _letter_runs(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Neighbouring one-letter words with a gap between them, three or more."""
    run: list[Word] = []
    for word in words:
        if run and (len(word.text) > 1 or not 0 < word.start - run[-1].end <= WIDEST_GAP):
            yield run
            run = []
        if len(word.text) == 1:
            run.append(word)
    yield run


def _at_wider_gaps(text: str, run: Sequence[Word]) -> Iterator[list[Word]]:
    """A run of letters, cut where a gap has more spaces than the narrowest one."""
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
            group.append(word)
            continue
        if len(group) > 1:
            spelling = "".join(part.text for part in group)
            yield from _reading(vocabulary, spelling, group[0].start, group[-1].end)
        group = [word] if word else []


def _reading(vocabulary: Vocabulary, spelling: str, start: int, end: int) -> Iterator[Word]:
    """The spelling's reading, if it has one."""
    if known := vocabulary.read(spelling):
        yield Word(known, start, end)


def _disguisable(word: str) -> bool:
    """Whether other spellings may stand for the word: shorter ones are too easily met."""
    return len(word) > 2 and word.isalpha()


def _squeeze(text: str) -> str:
    """Every run of a letter as one letter."""
    return _RUN.sub(r"\1", text)


def _runs(text: str) -> list[int]:
    """The lengths of the runs of equal letters."""
    return [len(run[0]) for run in _RUN.finditer(text)]
