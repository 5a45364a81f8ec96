"""Ways to dress up a prompt so that a filter misses what a person still reads.

Knows no policy: the tests and the benchmark ask what is found behind them.
"""

import random
from collections.abc import Callable

LOOKALIKES = str.maketrans("aceiopsxyAEKMOTkmthn", "асеіорѕхуАЕКМОТкмτһո")
LEET = str.maketrans("aeiostl", "431057|")


def each_letter(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(c) if c.isalpha() else c for c in text)


def between_letters(sign: str) -> Callable[[str], str]:
    return lambda text: " ".join(sign.join(word) for word in text.split(" "))


def in_math(letter: str) -> str:
    """A bold italic letter from the mathematical block."""
    return chr(0x1D482 + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter


def in_small_capitals(letter: str) -> str:
    small = dict(zip("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
    return small.get(letter, letter)


def stretched(text: str) -> str:
    dice = random.Random(text)
    return "".join(c * dice.choice([1, 1, 3, 4]) if c.isalpha() else c for c in text)


DISGUISES: dict[str, Callable[[str], str]] = {
    "look-alikes": lambda text: text.translate(LOOKALIKES),
    "full width": each_letter(lambda c: chr(ord(c) + 0xFEE0) if c.isascii() else c),
    "zero width": between_letters("\u200b"),
    "soft hyphens": between_letters("\u00ad"),
    "leet": lambda text: text.translate(LEET),
    "spaced": lambda text: " ".join(text),
    "spaced, words further apart": lambda text: "   ".join(map(" ".join, text.split(" "))),
    "dotted": between_letters("."),
    "emoji": between_letters("\N{FIRE}"),
    "one emoji": lambda text: " ".join(f"{w[:2]}\N{FIRE}{w[2:]}" for w in text.split(" ")),
    "stretched": stretched,
    "doubled": each_letter(lambda c: c * 2),
    "tripled": each_letter(lambda c: c * 3),
    "combining marks": each_letter(lambda c: c + "\u0336\u0300"),
    "accents": lambda text: text.translate(str.maketrans("aeiou", "åéïöû")),
    "maths": each_letter(in_math),
    "circled": each_letter(lambda c: chr(0x24D0 + ord(c) - 97) if "a" <= c <= "z" else c),
    "squared": each_letter(lambda c: chr(0x1F170 + ord(c) - 97) if "a" <= c <= "z" else c),
    "flags": each_letter(lambda c: chr(0x1F1E6 + ord(c) - 97) + "\u200d" if "a" <= c <= "z" else c),
    "small capitals": each_letter(in_small_capitals),
    "reversed case": str.swapcase,
    "upper case": str.upper,
    "right to left": lambda text: f"\u202e{text}\u202c",
}
