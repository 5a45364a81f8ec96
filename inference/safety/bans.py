"""Pictures that a server's moderators banned, known again by their fingerprints."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import ImageOps

from fingerprint import alike, distance, fingerprint
from inference.safety.check import Finding, Subject

RULE = "banned-picture"


def check_bans(subjects: Sequence[Subject]) -> list[Finding | None]:
    """Finds near copies, mirrored ones too; a crop of more than a border is another picture."""
    return [_check(subject) if subject.banned else None for subject in subjects]


def _check(subject: Subject) -> Finding | None:
    act = subject.actions.get("banned", "block")
    if act == "allow":
        return None
    for number, picture in enumerate(subject.pictures):
        for view in (picture, ImageOps.mirror(picture)):
            mark = fingerprint(view)
            if mark and (known := alike(mark, subject.banned)):
                scores = {"different bits": distance(mark, known)}
                return Finding(act, subject.stage, "banned", RULE, number, scores)
    return None
