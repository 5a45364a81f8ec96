"""The words that rules know, and how a disguised spelling is read as one of them.

A spelling is read only as a word of the vocabulary, so an ordinary word can't be turned into a
forbidden one by accident. Knows single words; where they stand in a prompt is unmask's.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

LEET = str.maketrans("0123456789@$!|+€£¢¥×l", "oizeasgtbgasiiteicyxi")
"""What each sign is read as. An l is read as an i, since 1, ! and | may be either."""

_RUN = re.compile(r"(.)\1*")


class Vocabulary:
    """The words that rules know, and those never taken for one of them (`ordinary`).

    A word given more often is preferred where a spelling may stand for several.
    """

    def __init__(self, words: Iterable[str], ordinary: Iterable[str] = ()) -> None:
        known = Counter(words)
        self.words = frozenset(known)
        self.ordinary = frozenset(ordinary)
        self._pieces = self.words | {"a", "i"}
        self._longest = max(map(len, self.words), default=0)
        self._plain: dict[str, dict[str, list[int]]] = defaultdict(dict)
        self._leet: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for word in sorted(filter(str.isalpha, known), key=lambda word: (-known[word], word)):
            for index, letters in ((self._plain, word), (self._leet, word.translate(LEET))):
                index[_squeeze(letters)][word] = _runs(letters)

    def read(self, spelling: str) -> str | None:
        """The known word that a spelling stands for: its letters, each at least as often.

        Of several the one whose letters are repeated most evenly. Signs are read as letters if
        there is one, or if a letter is repeated beyond any English word.
        """
        if spelling in self.words:
            return spelling
        if spelling in self.ordinary:
            return None
        known = self._closest(spelling, self._plain) if spelling.isalpha() else None
        if known or (spelling.isalpha() and max(_runs(spelling), default=0) < 3):
            return known
        return self._closest(spelling.translate(LEET), self._leet)

    def letters(self, number: str) -> str | None:
        """The known word that digits stand for, though they may be a known number: 70 is "to"."""
        return self._closest(number.translate(LEET), self._leet)

    def _closest(self, letters: str, index: Mapping[str, Mapping[str, list[int]]]) -> str | None:
        """The indexed word whose letters are repeated most evenly in these, if any fits."""
        has = _runs(letters)
        spread = {}
        for word, wants in index.get(_squeeze(letters), {}).items():
            ratios = [n / wanted for n, wanted in zip(has, wants, strict=True)]
            if min(ratios) >= 1:
                spread[word] = max(ratios) - min(ratios)
        return min(spread, key=spread.__getitem__, default=None)

    def segment(self, letters: str) -> list[tuple[int, int]]:
        """Letters run together as known words (and "a" and "I"); empty if they aren't."""
        best = {0: (0, 0)}  # from an end to the fewest words up to it, and where the last begins
        for end in range(1, len(letters) + 1):
            ways = [
                (best[start][0] + 1, start)
                for start in range(max(0, end - self._longest), end)
                if start in best and letters[start:end] in self._pieces
            ]
            if ways:
                best[end] = min(ways)
        pieces: list[tuple[int, int]] = []
        end = len(letters) if len(letters) in best else 0
        while end:
            pieces.append((best[end][1], end))
            end = pieces[-1][0]
        return pieces[::-1]


def _squeeze(text: str) -> str:
    """Every run of a letter as one letter."""
    return "".join(_RUN.findall(text))


def _runs(text: str) -> list[int]:
    """The lengths of the runs of equal letters."""
    return [len(run[0]) for run in _RUN.finditer(text)]
