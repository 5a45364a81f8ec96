"""The checks in their order, and how they fail: closed, and one job's failure is its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import cv2

from config import Config
from inference.registry import find_guard
from inference.safety.bans import check_bans
from inference.safety.check import Check, Finding, Subject
from inference.safety.faces import Cascades, YuNet
from inference.safety.looks import Looks
from inference.safety.measure import Detector
from inference.safety.skin import Skin

log = logging.getLogger(__name__)
Outcome = Finding | Exception | None
"""What was found, or why that can't be told, which is no leave to go on."""


def open_checks(config: Config, device: str) -> list[Check]:
    """Those of the settings; any function of that signature is one. Raises a WeightsError."""
    cv2.setNumThreads(1)  # the cores are for drawing
    cascades = Cascades()
    settings = config.safety
    faces: Detector = cascades
    if settings.face_detector:
        faces = YuNet(Path(settings.face_detector).expanduser())
    others: list[Detector] = [Skin(cascades)]
    if settings.classifier:
        from inference.safety.classifier import Classifier  # its library takes seconds to import

        others.append(Classifier(Path(settings.classifier).expanduser(), device))
    checks: list[Check] = [check_bans, Looks(faces, others)]
    if config.policy.guard:
        checks.insert(0, _open_guard(config, device))
    return checks


def _open_guard(config: Config, device: str) -> Check:
    from inference.fetching import bring  # these libraries, too
    from inference.safety.guard import Guard

    spec, folder = find_guard(config.policy.guard, config.data_dir / "models")
    if spec.repositories:
        bring(spec, folder, config.inference.accept_licence)
    return Guard(folder, device)


def run(checks: Sequence[Check], subjects: Sequence[Subject]) -> list[Outcome]:
    """The first refusal of each, or else its first flag."""
    outcomes: list[Outcome] = [None] * len(subjects)
    for check in checks:
        rows = [row for row, outcome in enumerate(outcomes) if not _ends(outcome)]
        for row, found in zip(rows, _closed(check, [subjects[row] for row in rows]), strict=True):
            if outcomes[row] is None or _ends(found):
                outcomes[row] = found
    return outcomes


def _ends(outcome: Outcome) -> bool:
    return isinstance(outcome, Exception) or (outcome is not None and outcome.act != "flag")


def _closed(check: Check, subjects: Sequence[Subject]) -> Sequence[Outcome]:
    """What the check says of all together; if that breaks, of each alone."""
    try:
        return check(subjects)
    except Exception as error:
        log.warning("a safety check failed: %s", type(error).__name__)
        if len(subjects) == 1:
            return [error]
    return [outcome for subject in subjects for outcome in _closed(check, [subject])]
