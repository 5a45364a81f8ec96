"""One measure decides by itself, two borderline signals decide together, the host's word counts."""

from collections.abc import Sequence

import pytest
from PIL import Image

from config import Action
from inference.safety.check import Finding, Stage, Subject
from inference.safety.looks import JOINT, TOGETHER, Looks
from inference.safety.measure import Measure

PICTURE = Image.new("RGB", (8, 8))


def looks(faces: float = 0.0, sexual: float = 0.0, weak: bool = False) -> Looks:
    """Detectors that have measured just that."""
    return Looks(
        lambda pictures: [[Measure("face", "faces", faces)] for _ in pictures],
        [lambda pictures: [[Measure("skin", "sexual", sexual, weak)] for _ in pictures]],
    )


def found(
    check: Looks, stage: Stage, concern: str = "", action: Action | None = None
) -> str | None:
    """The act, stage and category that it comes to."""
    actions = {"faces": action, "sexual": action} if action else {}
    concerns = frozenset({concern} if concern else ())
    subject = Subject("a prompt", stage, [PICTURE], concerns, frozenset(), actions)  # type: ignore[arg-type]
    [finding] = check([subject])
    return finding and f"{finding.act} {finding.stage} {finding.category}"


@pytest.mark.parametrize(
    ("faces", "stage", "concern", "said"),
    [
        (0.0, "upload", "", None),
        (0.5, "upload", "", "hold upload faces"),
        (1.0, "upload", "", "block upload faces"),
        (1.0, "output", "", None),
        (0.5, "output", "figures", "block joint figures"),
        (0.5, "upload", "deception", "block joint deception"),
        (0.0, "upload", "deception", None),
        (0.5, "output", "spam", None),
    ],
)
def test_faces(faces: float, stage: Stage, concern: str, said: str | None) -> None:
    assert found(looks(faces=faces), stage, concern) == said


@pytest.mark.parametrize(
    ("sexual", "weak", "concern", "said"),
    [
        (0.39, False, "sexual", None),
        (0.5, False, "", None),
        (0.5, False, "sexual", "block joint sexual"),
        (0.5, True, "sexual", "block joint sexual"),
        (0.9, False, "", "block output sexual"),
        (0.9, True, "", "flag output sexual"),
        (0.9, True, "sexual", "block joint sexual"),
        (0.9, False, "political", "block output sexual"),
    ],
)
def test_what_is_shown(sexual: float, weak: bool, concern: str, said: str | None) -> None:
    assert found(looks(sexual=sexual, weak=weak), "output", concern) == said


def test_what_the_host_or_the_server_chose_counts() -> None:
    assert found(looks(faces=1.0), "upload", action="flag") == "flag upload faces"
    assert found(looks(faces=0.5), "upload", action="flag") == "flag upload faces"
    assert found(looks(faces=1.0, sexual=1.0), "upload", action="allow") is None


def test_every_picture_is_looked_at_in_one_batch_and_the_worst_is_named() -> None:
    batches = []

    def faces(pictures: Sequence[Image.Image]) -> list[list[Measure]]:
        batches.append(len(pictures))
        return [[Measure("face", "faces", p.width / 10)] for p in pictures]

    row = [Image.new("RGB", (width, 1)) for width in (1, 5, 9)]
    subjects = [
        Subject("", "upload", row),
        Subject("", "output", row),
        Subject("", "upload", row[:1]),
    ]
    first, second, third = Looks(faces, [])(subjects)
    assert batches == [4]  # nobody asks about faces in the second
    assert first == Finding("block", "upload", "faces", "face", 2, {"face": 0.9})
    assert second is None and third is None
    assert Looks(faces, [])([]) == []


def test_the_rule_of_both_together_has_a_name_of_its_own() -> None:
    subject = Subject("", "output", [PICTURE], frozenset({"sexual"}))
    [finding] = looks(sexual=0.5)([subject])
    assert finding is not None and (finding.rule, finding.scores["skin"]) == (JOINT, 0.5)


def test_every_category_that_is_measured_has_its_partners() -> None:
    from inference.safety.classifier import UNSAFE

    assert set(UNSAFE) | {"faces"} == set(TOGETHER)
