"""Memory that runs out, and a job that breaks, in the middle of a batch."""

import pytest
import torch
from PIL import Image, ImageChops
from torch import Tensor

from inference.backends.mini import Mini
from inference.batches import Batches, Stopped
from inference.draft import Draft, Watch
from inference.errors import TooLarge
from inference.model import Model


class Fragile(Mini):
    """The small model on a device that holds `room` pictures, and breaks over one prompt."""

    def __init__(self, model: Model, room: int) -> None:
        super().__init__(model)
        self.room, self.sizes = room, list[int]()

    def draw(self, drafts: list[Draft], watch: Watch | None = None) -> list[Image.Image]:  # type: ignore[override]
        self.sizes.append(len(drafts))
        if len(drafts) > self.room:
            raise torch.OutOfMemoryError
        if any(draft.prompt == "a broken cube" for draft in drafts):
            raise ValueError("broken")
        return super().draw(drafts, watch)


def quiet(step: int, steps: int, now: Tensor) -> None:
    assert now.shape[1:] == (3, 64, 64)


def test_the_cap_halves_until_it_fits_and_no_picture_is_lost(model: Model) -> None:
    backend = Fragile(model, room=2)
    batches = Batches(backend, 8)
    jobs = [[backend.text_to_image("a red cube", seed)] for seed in range(5)]
    outcomes = batches.draw(jobs, quiet)
    assert backend.sizes == [5, 2, 2, 1] and batches.cap == 2
    for [draft], outcome in zip(jobs, outcomes, strict=True):
        assert isinstance(outcome, list)
        apart = ImageChops.difference(outcome[0], Mini(model).draw([draft])[0])
        assert max(high for _, high in apart.getextrema()) <= 2


@pytest.mark.parametrize("room", [1, 2, 3])
def test_progress_goes_on_from_part_to_part_and_keeps_what_was_shown(
    model: Model, room: int
) -> None:
    told: list[tuple[int, int]] = []
    shown: list[Tensor] = []

    def watch(step: int, steps: int, now: Tensor) -> None:
        told.append((step, steps))
        shown.append(now)

    backend = Mini(model)
    drafts = [backend.text_to_image("a red cube", seed) for seed in range(3)]
    Batches(backend, room).draw([drafts], watch)
    assert told == sorted(told) and told[-1][0] == told[-1][1]
    assert (shown[-1].amax((1, 2, 3)) > -1).all(), "none is dark at the end"
    dark = torch.stack([(now.amax((1, 2, 3)) == -1).sum() for now in shown])
    assert (dark.diff() <= 0).all(), "none is dark again"


def test_a_job_that_breaks_lets_the_others_finish(model: Model) -> None:
    backend = Fragile(model, room=8)
    prompts = ["a red cube", "a broken cube", "a blue ball"]
    jobs = [[backend.text_to_image(prompt, 1)] for prompt in prompts]
    one, broken, other = Batches(backend, 8).draw(jobs, quiet)
    assert isinstance(broken, ValueError)
    assert isinstance(one, list) and isinstance(other, list)


def test_a_single_picture_that_does_not_fit_fails_alone(model: Model) -> None:
    backend = Fragile(model, room=0)
    [outcome] = Batches(backend, 4).draw([[backend.text_to_image("a red cube", 1)]], quiet)
    assert isinstance(outcome, torch.OutOfMemoryError)


def test_stopping_is_no_failure(model: Model) -> None:
    backend = Fragile(model, room=8)
    jobs = [[backend.text_to_image("a red cube", seed)] for seed in range(2)]

    def stop(*_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        Batches(backend, 8).draw(jobs, stop)
    assert backend.sizes == [2]


def test_a_rehearsal_finds_how_many_fit(model: Model) -> None:
    backend = Fragile(model, room=5)
    batches = Batches(backend, 8)
    batches.warm()
    assert (backend.sizes, batches.cap) == ([1, 2, 3, 4, 6], 4)
    whole = Batches(Fragile(model, room=8), 5)
    whole.warm()
    assert whole.cap == 5


def test_a_device_without_room_for_one_picture_is_too_small(model: Model) -> None:
    with pytest.raises(TooLarge, match="smaller model"):
        Batches(Fragile(model, room=0), 8).warm()
