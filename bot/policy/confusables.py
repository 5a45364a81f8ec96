"""Letters that look like other letters: the Unicode confusables of UTS #39, made small.

The table beside this file is generated, because the packages that carry the data stopped years
ago or ship it as a megabyte of name pairs without the skeletons: run
`python -m bot.policy.confusables FILE` with a confusables.txt from unicode.org to renew it.
Knows single characters only; what a prompt is, and what is forbidden, it doesn't know.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_suffix(".txt")
INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul fillers: letters by category, yet nothing is drawn for them."""

_ROW = re.compile(r"\ufeff?([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA")
_NAMED = re.compile(r"(?:LATIN|REGIONAL)\b.* LETTER (?:[A-Z]+ )*([A-Z])(?: WITH .+)?$")


@lru_cache(maxsize=2**16)
def fold(character: str) -> str:
    """One character as the plain letters it shows: "" for marks and invisible ones.

    Compatibility forms and accents go, then look-alikes become their ASCII letter where they
    have one, and case is folded. What looks like nothing else is returned casefolded.
    """
    shown = "".join(map(_plain, _visible(character)))
    if shown.isascii() or shown == character:
        return shown
    return "".join(map(fold, shown))  # a look-alike may look like a third: Я, я, ᴙ, r


def _visible(text: str) -> str:
    """The text decomposed, without marks and format characters.

    Nothing is composed again afterwards: without marks only Hangul could be, and syllables
    and their letters, typed either way, must come out the same.
    """
    return "".join(
        part
        for part in unicodedata.normalize("NFKD", text)
        if unicodedata.category(part) not in ("Mn", "Mc", "Me", "Cf") and part not in INVISIBLE
    )


def _plain(character: str) -> str:
    """One visible character as ASCII letters if it looks like any, else casefolded."""
    if character.isascii():
        return character.lower()
    folded = character.casefold()
    readings = [_shape(character), _shape(character.upper()), folded, _name(character)]
    if readings[0] == "l" and character != folded:
        readings.insert(0, _shape(folded))  # a capital I, which UTS #39 reads as l
    for reading in readings:
        if reading and reading.isascii():
            return reading
    return _shape(character) or folded


def _shape(character: str) -> str | None:
    """What the table says that a character looks like, in lower case."""
    shape = table().get(character)
    return shape.lower() if shape else None


def _name(character: str) -> str | None:
    """The letter in a Latin character's name: small capitals, turned, struck, in boxes."""
    named = _NAMED.search(unicodedata.name(character, ""))
    return named[1].lower() if named else None


@cache
def table() -> Mapping[str, str]:
    """The shipped table: from a character to the one or more that it looks like."""
    shapes = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            shape, lookalikes = line.split("\t")
            shapes.update(dict.fromkeys(lookalikes, shape))
    return shapes


def condense(rows: Iterable[str]) -> str:
    """Unicode's confusables.txt as our table: letters and digits that NFKD doesn't settle."""
    lookalikes: dict[str, list[str]] = defaultdict(list)
    for row in filter(None, map(_ROW.match, rows)):
        source = chr(int(row[1], 16))
        shape = _visible("".join(chr(int(code, 16)) for code in row[2].split()))
        if not source.isascii() and source.isalnum() and _visible(source) == source and shape:
            lookalikes["m" if shape == "rn" else shape].append(source)
    return "".join(
        f"{shape}\t{''.join(sorted(sources))}\n" for shape, sources in sorted(lookalikes.items())
    )


if __name__ == "__main__":
    source = Path(sys.argv[1]).read_text(encoding="utf-8")
    notice = [line for line in source.splitlines() if line.startswith(("# ©", "# Version"))]
    heading = ["# A condensed, modified form of Unicode's confusables.txt;", *notice]
    heading.append("# under the Unicode License V3 in confusables.LICENSE. shape, then look-alikes")
    TABLE.write_text("\n".join(heading) + "\n" + condense(source.splitlines()), encoding="utf-8")
