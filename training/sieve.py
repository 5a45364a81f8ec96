"""`python -m training.sieve SHARDS --out FOLDER`: keeps what may be learnt from, counts the rest.

Captions pass the prompt policy, pictures the limits of uploads and a check of the host's choice;
of pictures that look alike one stays. OpenAI filtered its data so ("DALL·E 2 pre-training
mitigations", 2022).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

import webdataset as wds
from PIL import Image

from bot.policy import Policy, RuleError
from fingerprint import alike, fingerprint
from training.shards import SIDE, Sample, ShardError, addresses, read
from uploads import LARGEST_SIDE, UnusablePicture, open_picture

LONGEST_CAPTION = 2_000
PART = 4  # hexadecimal digits of a fingerprint that are looked up together
PER_SHARD = 10_000
LOG_EVERY = 10_000

Check = Callable[[Image.Image], str | None]
"""Why a picture may not be learnt from, in a word or two, or None."""

log = logging.getLogger("training.sieve")


@dataclass(frozen=True)
class Look:
    """A sample, why it is left out if it is, and the fingerprint of its picture."""

    sample: Sample
    reason: str | None
    fingerprint: str | None = None


@dataclass(frozen=True)
class Sieve:
    """What a sample must be by itself. Keeps no state, so that many processes can look."""

    policy: Policy
    check: Check | None = None
    smallest: int = SIDE

    def look(self, sample: Sample) -> Look:
        """The caption is looked at first: it costs less."""
        reason = self._caption(sample.caption)
        return Look(sample, reason) if reason else self._picture(sample)

    def _caption(self, caption: str) -> str | None:
        if not caption:
            return "no caption"
        if len(caption) > LONGEST_CAPTION:
            return "caption too long"
        # What would only be flagged is left out, too: no moderator looks here.
        category = self.policy.check(caption).category
        return f"policy: {category}" if category else None

    def _picture(self, sample: Sample) -> Look:
        try:
            picture = open_picture(sample.picture, LARGEST_SIDE)
        except UnusablePicture:
            return Look(sample, "unreadable")
        if min(picture.size) < self.smallest:
            return Look(sample, "too small")
        found = self.check(picture) if self.check else None
        print_ = fingerprint(picture)
        reason = f"check: {found}" if found else None if print_ else "blank"
        return Look(sample, reason, print_)


class Seen:
    """Fingerprints that were met.

    One that is alike is found by any of the 16 parts that is the same in both, which spares
    comparing with all: always where up to 15 bits differ, where 24 do in 99 of 100 cases.
    """

    def __init__(self) -> None:
        self._by_part: defaultdict[tuple[int, str], list[str]] = defaultdict(list)

    def again(self, wanted: str) -> bool:
        """Whether one alike was met; from now on this one was."""
        parts = [(i, wanted[i : i + PART]) for i in range(0, len(wanted), PART)]
        if any(alike(wanted, self._by_part.get(part, ())) for part in parts):
            return True
        for part in parts:
            self._by_part[part].append(wanted)
        return False


def sift(shards: list[str], out: Path, sieve: Sieve, workers: int = 0) -> Counter[str]:
    """Writes what is kept to OUT/000000.tar …, and to counts.json how many met which end."""
    out.mkdir(parents=True, exist_ok=True)
    counts, seen = Counter[str](), Seen()
    with wds.ShardWriter(f"{out}/%06d.tar", PER_SHARD, verbose=0, encoder=False) as writer:
        for look in read(shards, sieve.look, workers):
            again = look.reason is None and seen.again(look.fingerprint or "")
            end = "duplicate" if again else look.reason or "kept"
            counts[end] += 1
            if end == "kept":
                writer.write(_files(counts["kept"], look.sample))
            if counts.total() % LOG_EVERY == 0:
                log.info("%s", json.dumps(counts))
    (out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    return counts


def main() -> int:
    """Returns the exit code: 1 when nothing could be kept."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        shards = addresses(arguments.shards)
        if any(arguments.out.glob("*.tar")):
            raise ShardError(f"{arguments.out} holds shards already; name another folder.")
        sieve = Sieve(Policy.load(), _check(arguments.check), arguments.smallest)
    except (ShardError, RuleError) as error:
        print(error, file=sys.stderr)
        return 1
    counts = sift(shards, arguments.out, sieve, arguments.workers)
    print(json.dumps(counts))
    return 0 if counts["kept"] else 1


def _check(name: str | None) -> Check | None:
    """The function of that dotted name. Raises ShardError."""
    try:
        return resolve_name(name) if name else None
    except (ImportError, AttributeError, ValueError) as error:
        raise ShardError(f"There is no check {name}; name one as package.module:name.") from error


def _files(number: int, sample: Sample) -> dict[str, str | bytes]:
    name = f"{number:09}"
    return {"__key__": name, sample.kind: sample.picture, "txt": sample.caption.encode()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.sieve", description=__doc__)
    parser.add_argument("shards", help='a folder of .tar files, or a pattern: "s/{000..127}.tar"')
    parser.add_argument("--out", type=Path, required=True, help="where to write what is kept")
    parser.add_argument("--smallest", type=int, default=SIDE, help="shorter side, in pixels")
    parser.add_argument("--check", help="package.module:name, a function: picture → reason or None")
    parser.add_argument("--workers", type=int, default=0, help="processes that look at pictures")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
