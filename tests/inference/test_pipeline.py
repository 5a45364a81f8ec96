from dataclasses import replace

import pytest
import torch
from PIL import Image, ImageChops
from torch import Tensor

from inference import pipeline
from inference.draft import Draft, generators
from inference.model import Model
from inference.pipeline import draw, text_to_image, variation


def test_equal_seeds_draw_equal_pictures_and_others_differ(model: Model) -> None:
    [first], [second], [other] = (draw(model, [text_to_image("a red cube", n)]) for n in (7, 7, 8))
    assert first.size == (model.size, model.size)
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != other.tobytes()


def test_a_batch_of_members_equals_single_runs(model: Model) -> None:
    drafts = [text_to_image("a red cube", 1), text_to_image("a blue ball", 2)]
    together = draw(model, drafts)
    for draft, picture in zip(drafts, together, strict=True):
        [alone] = draw(model, [draft])
        apart = max(high for _, high in ImageChops.difference(alone, picture).getextrema())
        assert apart <= 2


def test_a_variation_follows_its_source(model: Model) -> None:
    red, blue = (Image.new("RGB", (90, 60), name) for name in ("red", "blue"))
    of_red, of_blue = draw(model, [variation(model, red, 3), variation(model, blue, 3)])
    assert of_red.tobytes() != of_blue.tobytes()


def test_progress_counts_every_step_and_can_stop_the_drawing(model: Model) -> None:
    steps: list[tuple[int, int]] = []
    last = steps_of = model.sampling.num_steps(len(model.upsamplers))

    def watch(step: int, total: int, pixels: Tensor) -> None:
        assert pixels.shape == (1, 3, 64, 64)
        steps.append((step, total))
        if step == last:
            raise InterruptedError

    for last in (3, steps_of - 1):
        steps.clear()
        with pytest.raises(InterruptedError):
            draw(model, [text_to_image("a ball", 1)], watch)
        assert steps == [(i, steps_of) for i in range(1, last + 1)]


PICTURE = Image.linear_gradient("L").convert("RGB")
MASK = Image.new("L", (256, 256), 0)
MASK.paste(255, (0, 0, 128, 128))


def every_operation(model: Model, seed: int) -> list[Draft]:
    other = PICTURE.rotate(90)
    return [
        pipeline.text_to_image("a red cube", seed),
        pipeline.text_to_image("a red cube", seed, "text-embed"),
        pipeline.text_to_image("a red cube", seed, "caption"),
        pipeline.text_to_image("a red cube", seed, "ar-prior"),
        pipeline.variation(model, PICTURE, seed),
        pipeline.inpaint(PICTURE, MASK, "a blue ball", seed),
        pipeline.outpaint(model, PICTURE, ["right"], 0.5, "", seed),
        pipeline.interpolate(model, PICTURE, other, 0.5, seed),
        pipeline.interpolate(model, PICTURE, other, 0.5, seed, inverted=False),
        pipeline.text_diff(model, PICTURE, "a red cube", "a blue ball", 0.3, seed),
    ]


def test_operations_batch_together_and_equal_single_runs(model: Model) -> None:
    drafts = every_operation(model, 4)
    for draft, picture in zip(drafts, draw(model, drafts), strict=True):
        [alone] = draw(model, [draft])
        assert alone.size == picture.size == ((384, 256) if draft is drafts[6] else (256, 256))
        apart = max(high for _, high in ImageChops.difference(alone, picture).getextrema())
        assert apart <= 2


def test_the_seed_matters_to_every_operation_that_is_not_bound_to_its_source(model: Model) -> None:
    ones, others = (draw(model, every_operation(model, seed)) for seed in (4, 5))
    for one, other in zip(ones, others, strict=True):
        assert one.tobytes() != other.tobytes()


def test_the_ends_of_a_blend_are_its_pictures(model: Model) -> None:
    other = Image.new("RGB", (256, 256), "red")
    for t, picture in ((0.0, PICTURE), (1.0, other)):
        draft = pipeline.interpolate(model, PICTURE, other, t, 1)
        assert draft.image_embed is not None
        assert torch.allclose(draft.image_embed, pipeline.image_embed(model, picture), atol=1e-5)


def test_a_text_diff_of_nothing_keeps_the_embedding(model: Model) -> None:
    draft = pipeline.text_diff(model, PICTURE, "a red cube", "a blue ball", 0.0, 1)
    assert draft.image_embed is not None
    assert torch.allclose(draft.image_embed, pipeline.image_embed(model, PICTURE), atol=1e-5)


def test_captions_that_say_the_same_move_nothing(model: Model) -> None:
    draft = pipeline.text_diff(model, PICTURE, "a red cube", "red, a cube!", 1.0, 1)
    same = pipeline.text_diff(model, PICTURE, "a red cube", "A red cube", 1.0, 1)
    assert draft.image_embed is not None and same.image_embed is not None
    assert torch.allclose(same.image_embed, pipeline.image_embed(model, PICTURE))
    assert not torch.allclose(draft.image_embed, same.image_embed)


def test_a_picture_extended_without_words_begins_as_its_border_drawn_out(model: Model) -> None:
    lines = Image.linear_gradient("L").convert("RGB")  # of every height its own grey
    draft = pipeline.outpaint(model, lines, ["left", "right"], 0.5, "", 1)
    told = pipeline.outpaint(model, lines, ["left", "right"], 0.5, "a red cube", 1)
    assert told.sketched == 1 and told.image_embed is None
    [sketch], _ = pipeline.draw_small(model, [replace(draft, sketched=0.0)])
    assert (sketch[:, 16:48, :4] - sketch[:, 16:48, 30:34]).abs().max() < 0.02
    [small], _ = pipeline.draw_small(model, [draft])
    [free], _ = pipeline.draw_small(model, [replace(draft, sketched=1.0)])
    assert (small - sketch).abs().mean() < (free - sketch).abs().mean()


def test_the_candidate_that_clip_finds_nearest_is_drawn(model: Model) -> None:
    one = text_to_image("a red cube", 3, candidates=1)
    alone = [replace(one, seed=pipeline.candidate_seed(3, n)) for n in range(4)]
    each, _ = pipeline.draw_small(model, alone)
    assert len({picture.numpy().tobytes() for picture in each}) > 1
    [kept], [seed] = pipeline.draw_small(model, [replace(one, candidates=4)])
    tokens = model.tokens(["a red cube"] * 4)
    text = model.clip.encode_text(tokens)
    noises = generators([draft.seed for draft in alone])
    steps = model.sampling.prior_steps
    foretold = pipeline.image_embeds(model, alone, tokens, text, noises, steps)
    meant = text[0] + foretold.mean(0)
    nearest = int((model.clip.encode_image(each) @ meant).argmax())
    assert seed == alone[nearest].seed
    assert torch.allclose(kept, each[nearest], atol=1e-4)
