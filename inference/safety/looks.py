"""What is seen in pictures, judged by itself and together with what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from PIL import Image

from inference.safety.check import Act, Finding, Stage, Subject
from inference.safety.measure import BORDERLINE, CERTAIN, Detector, Measure

TOGETHER: Mapping[str, frozenset[str]] = {
    "faces": frozenset({"figures", "deception", "harassment", "political", "hate"}),
    "sexual": frozenset({"sexual", "sexual_minors", "harassment"}),
    "shocking": frozenset({"shocking", "violence", "self_harm", "hate"}),
    "violence": frozenset({"shocking", "violence", "self_harm", "hate"}),
}
"""What a picture shows, and the prompts' categories that together with it are refused."""
JOINT = "prompt-and-picture"
"""The rule of such a refusal."""


class Looks:
    """A check of pictures by detectors.

    A measure that is certain refuses by itself. A borderline one passes, and so does a prompt that
    was flagged; but together they refuse: a face that may be one, asked to be shown in a lie, or
    much bare skin after words that hint at it. Each filter alone lets such a pair pass, which is
    what the system card of the original names as the gap of its independent filters.

    People may be drawn, so a face in a finished picture counts only together with the prompt; in a
    picture that a member brought, one that is not certain waits for a moderator.
    """

    def __init__(self, faces: Detector, others: Sequence[Detector]) -> None:
        self._detectors = [(faces, _faces_matter), *((other, _always) for other in others)]

    def __call__(self, subjects: Sequence[Subject]) -> list[Finding | None]:
        """The worst finding of each."""
        seen: list[list[list[Measure]]] = [[[] for _ in s.pictures] for s in subjects]
        for detector, matters in self._detectors:
            _measure(detector, matters, subjects, seen)
        return [
            min(_judge(subject, rows), key=_rank, default=None)
            for subject, rows in zip(subjects, seen, strict=True)
        ]


def _faces_matter(subject: Subject) -> bool:
    return subject.stage == "upload" or bool(subject.concerns & TOGETHER["faces"])


def _always(subject: Subject) -> bool:
    return True


def _measure(
    detector: Detector,
    matters: Callable[[Subject], bool],
    subjects: Sequence[Subject],
    seen: Sequence[Sequence[list[Measure]]],
) -> None:
    """Adds what the detector measures to what is seen in each picture, all in one batch."""
    pictures: list[Image.Image] = []
    places: list[list[Measure]] = []
    for subject, rows in zip(subjects, seen, strict=True):
        if matters(subject):
            pictures += subject.pictures
            places += rows
    if pictures:
        for place, measures in zip(places, detector(pictures), strict=True):
            place += measures


def _judge(subject: Subject, seen: Sequence[Sequence[Measure]]) -> Iterator[Finding]:
    for picture, measures in enumerate(seen):
        scores = {measure.name: round(measure.score, 2) for measure in measures}
        for measure in measures:
            for act, stage, category in _verdicts(subject, measure):
                rule = JOINT if stage == "joint" else measure.name
                yield Finding(act, stage, category, rule, picture, scores)


def _verdicts(subject: Subject, measure: Measure) -> Iterator[tuple[Act, Stage, str]]:
    action = subject.actions.get(measure.category, "block")
    if action == "allow" or measure.score < BORDERLINE:
        return
    face = measure.category == "faces"
    if not face or subject.stage == "upload":
        if measure.score >= CERTAIN:
            act: Act = "flag" if measure.weak else action
            yield act, subject.stage, measure.category
        elif face:
            yield "hold" if action == "block" else "flag", subject.stage, measure.category
    for concern in sorted(subject.concerns & TOGETHER[measure.category]):
        yield "block", "joint", concern


def _rank(finding: Finding) -> int:
    return ("block", "hold", "flag").index(finding.act)
