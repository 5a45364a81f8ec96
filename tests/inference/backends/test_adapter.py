"""With an IP-Adapter a variation sees its source; all else is drawn as without."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoPipelineForImage2Image
from PIL import Image

from config import Config
from inference.backends.adapter import Adapter
from inference.backends.auto import Auto
from inference.backends.networks import OtherWeights, PickledWeights
from inference.backends.opening import open_model
from inference.canvas import to_picture, to_pixels
from inference.errors import NoWeights, WeightsError
from tests.inference.backends.conftest import CPU, load_auto

WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def adapted(folders: dict[str, Path]) -> Auto:
    return load_auto(folders["adapted"])


@pytest.fixture
def folder(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy, to be spoilt."""
    return shutil.copytree(folders["adapted"], tmp_path / "adapted")


def test_only_variations_differ_and_the_weights_are_there_once(
    adapted: Auto, folders: dict[str, Path], picture: Image.Image, mask: Image.Image
) -> None:
    plain = load_auto(folders["auto"])
    pictures = []
    for each in (plain, adapted):
        drafts = [
            each.text_to_image("a red cube", 1), each.inpaint(picture, mask, "a ball", 2),
            each.variation(picture, 3),
        ]  # fmt: skip
        pictures.append([drawn.tobytes() for drawn in each.draw(drafts)])
    without, with_it = pictures
    assert with_it[:2] == without[:2] and with_it[2] != without[2]
    one, other = (adapted._pipes[kind].unet.conv_in.weight for kind in ("text", "image"))
    assert one is other


@pytest.mark.parametrize("guidance", [7.5, 1.0])
def test_a_batch_draws_what_the_librarys_own_calls_draw(
    guidance: float, folders: dict[str, Path], picture: Image.Image
) -> None:
    options = {"num_inference_steps": 4, "guidance_scale": guidance}
    ours = Auto("adapted", folders["adapted"], CPU, options=options)
    sources = [picture, picture.rotate(180)]
    drawn = ours.draw([ours.variation(source, seed) for seed, source in enumerate(sources)])
    theirs = AutoPipelineForImage2Image.from_pretrained(folders["adapted"])
    theirs.load_ip_adapter(folders["adapted"], "ip_adapter", "ip-adapter.safetensors")
    theirs.set_progress_bar_config(disable=True)
    for seed, (source, ours_) in enumerate(zip(sources, drawn, strict=True)):
        start = to_picture(to_pixels(source, 64))
        given = {"image": start, "ip_adapter_image": source, "strength": 0.6, **options}
        [expected] = theirs("", generator=torch.Generator().manual_seed(seed), **given).images
        apart = np.asarray(expected, dtype=float) - np.asarray(ours_, dtype=float)
        assert np.abs(apart).max() <= 1


def test_what_is_no_adapter_is_one_sentence(folder: Path, folders: dict[str, Path]) -> None:
    inner = folder / "ip_adapter"
    weights = inner / "ip-adapter.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"fetch the model again\.$"):
        opened(folder)
    weights.write_bytes((folders["auto"] / "vae" / WEIGHTS).read_bytes())
    with pytest.raises(WeightsError, match=r"ip_adapter can't be read .* fetch the model again\.$"):
        opened(folder)
    weights.unlink()
    with pytest.raises(NoWeights, match="must hold one IP-Adapter"):
        opened(folder)
    weights.write_bytes(whole)
    encoder = inner / "image_encoder"
    (encoder / "model.safetensors").rename(encoder / "pytorch_model.bin")
    with pytest.raises(PickledWeights, match="python -m inference convert"):
        opened(folder)
    shutil.rmtree(encoder)
    with pytest.raises(NoWeights, match=r"image_encoder is not there .* fetch the model again\.$"):
        opened(folder)


def opened(folder: Path) -> Auto:
    backend = open_model(Config(data_dir=folder / "data", model=str(folder)))
    assert isinstance(backend, Auto)
    return backend


def test_a_family_that_takes_none_says_so(folder: Path) -> None:
    with pytest.raises(OtherWeights, match=r"takes no IP-Adapter; remove .*ip_adapter\.$"):
        Adapter(object(), folder / "ip_adapter", CPU)
