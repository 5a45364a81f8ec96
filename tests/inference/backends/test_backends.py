"""What the protocol promises, of every backend and every operation."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from inference.backends.backend import OPERATIONS, Backend, NotServed
from inference.draft import Draft
from tests.inference.backends.conftest import Kind

WIDER = (135, 60)


def draft_of(
    backend: Backend, operation: str, seed: int, picture: Image.Image, mask: Image.Image
) -> Draft:
    other = picture.rotate(180)
    match operation:
        case "text_to_image":
            return backend.text_to_image("a red cube", seed)
        case "variation":
            return backend.variation(picture, seed, prompt="a red cube")
        case "inpaint":
            return backend.inpaint(picture, mask, "a blue ball", seed)
        case "outpaint":
            return backend.outpaint(picture, ["right"], 0.5, "", seed)
        case "interpolate":
            return backend.interpolate(picture, other, 0.5, seed)
        case _:
            return backend.text_diff(picture, "a red cube", "a blue ball", 0.3, seed)


@pytest.fixture(scope="module")
def drafts(backend: Backend, picture: Image.Image, mask: Image.Image) -> dict[str, Draft]:
    return {
        operation: draft_of(backend, operation, 4, picture, mask)
        for operation in backend.card.operations
    }


@pytest.fixture(scope="module")
def drawn(backend: Backend, drafts: dict[str, Draft]) -> dict[str, Image.Image]:
    """All operations in one batch."""
    return dict(zip(drafts, backend.draw(list(drafts.values())), strict=True))


def apart(one: Image.Image, other: Image.Image) -> int:
    assert one.size == other.size
    return max(high for _, high in ImageChops.difference(one, other).getextrema())


def test_what_is_not_served_is_named_with_its_reason(
    backend: Backend, picture: Image.Image, mask: Image.Image
) -> None:
    missing = set(OPERATIONS) - set(backend.card.operations)
    assert missing == set(backend.card.missing)
    for operation in missing:
        with pytest.raises(NotServed, match=r"^[A-Z].*\.$"):
            draft_of(backend, operation, 4, picture, mask)


def test_pictures_have_the_models_size_or_that_of_their_canvas(
    kind: Kind, backend: Backend, drawn: dict[str, Image.Image], picture: Image.Image
) -> None:
    assert backend.card.size == kind.size
    sizes = {"inpaint": picture.size, "outpaint": WIDER}
    for operation, made in drawn.items():
        assert made.size == sizes.get(operation, (kind.size, kind.size)), operation


def test_a_batch_equals_single_runs(
    backend: Backend, drafts: dict[str, Draft], drawn: dict[str, Image.Image]
) -> None:
    for operation, draft in drafts.items():
        [alone] = backend.draw([draft])
        assert apart(alone, drawn[operation]) <= 2, operation


def test_seeds_reproduce_and_others_differ(
    backend: Backend, drawn: dict[str, Image.Image], picture: Image.Image, mask: Image.Image
) -> None:
    for seed in (4, 5):
        again = backend.draw([draft_of(backend, op, seed, picture, mask) for op in drawn])
        for (operation, first), second in zip(drawn.items(), again, strict=True):
            same = first.tobytes() == second.tobytes()
            assert same == (seed == 4), operation


def test_outside_the_mask_every_pixel_is_kept(
    drawn: dict[str, Image.Image], picture: Image.Image, mask: Image.Image
) -> None:
    before = np.asarray(picture)
    if "inpaint" in drawn:
        after = np.asarray(drawn["inpaint"])
        kept = np.asarray(mask) == 0
        assert (after[kept] == before[kept]).all()
        assert (after[~kept] != before[~kept]).any()
        assert (np.asarray(drawn["outpaint"])[:, :90] == before).all()


def test_what_is_loaded_again_draws_the_same(
    kind: Kind, folders: dict[str, Path], drafts: dict[str, Draft], drawn: dict[str, Image.Image]
) -> None:
    again = kind.load(folders[kind.name])
    for (operation, first), second in zip(
        drawn.items(), again.draw(list(drafts.values())), strict=True
    ):
        assert first.tobytes() == second.tobytes(), operation


def test_the_source_matters(backend: Backend, picture: Image.Image) -> None:
    if "variation" in backend.card.operations:
        red = Image.new("RGB", picture.size, "red")
        one, other = backend.draw([backend.variation(picture, 1), backend.variation(red, 1)])
        assert one.tobytes() != other.tobytes()


def test_progress_grows_to_its_end_with_a_small_picture_of_each_row(
    backend: Backend, picture: Image.Image
) -> None:
    seen: list[float] = []
    told: list[tuple[int, int]] = []

    def watch(step: int, steps: int, now: object) -> None:
        told.append((step, steps))
        seen.append(float(now.std()))  # type: ignore[attr-defined]
        assert tuple(now.shape) == (2, 3, 64, 64)  # type: ignore[attr-defined]

    backend.draw([backend.text_to_image("a cube", seed) for seed in (1, 2)], watch)
    assert told == [(step, told[0][1]) for step in range(1, told[0][1] + 1)]
    assert seen[-1] > 0


def test_raising_between_steps_ends_the_drawing(backend: Backend) -> None:
    steps = []

    def watch(step: int, *_: object) -> None:
        steps.append(step)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        backend.draw([backend.text_to_image("a cube", 1)], watch)
    assert steps == [1]


def test_a_rehearsal_leaves_no_trace(
    backend: Backend, drafts: dict[str, Draft], drawn: dict[str, Image.Image]
) -> None:
    backend.rehearse(2)
    [again] = backend.draw([drafts["text_to_image"]])
    assert apart(again, drawn["text_to_image"]) <= 2


def test_any_prompt_can_be_drawn_or_holds_no_known_word(backend: Backend) -> None:
    drafts = []
    for prompt in ("", " ", "🙂 ∑ ü", "a " * 400, "<|endoftext|>", "A" * 1000):
        if backend.card.vocabulary and prompt.strip() and not prompt.startswith("a "):
            with pytest.raises(NotServed, match="none of these words"):
                backend.text_to_image(prompt, 1)
        else:
            drafts.append(backend.text_to_image(prompt, 1))
        assert set(backend.misread(prompt)) == {"unknown_words", "unread_words"}, prompt
    sizes = {made.size for made in backend.draw(drafts)}
    assert sizes == {(backend.card.size, backend.card.size)}
