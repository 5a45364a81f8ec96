from pathlib import Path

import pytest
import torch

from inference.model import CorruptWeights, Model, NoWeights, load_model, save_model


def test_what_is_saved_is_loaded(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "mini")
    loaded = load_model(tmp_path / "mini")
    assert loaded.vocabulary == model.vocabulary
    assert loaded.ideas == model.ideas
    for name in ("clip", "prior", "decoder", "upsampler"):
        kept, read = getattr(model, name).state_dict(), getattr(loaded, name).state_dict()
        for key, value in kept.items():
            assert torch.equal(value.half(), read[key].half()), key


def test_missing_weights_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(NoWeights, match="make weights"):
        load_model(tmp_path)


@pytest.mark.parametrize("damage", ["decoder.safetensors", "model.json"])
def test_damaged_weights_are_refused(model: Model, tmp_path: Path, damage: str) -> None:
    save_model(model, tmp_path)
    file = tmp_path / damage
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CorruptWeights):
        load_model(tmp_path)
