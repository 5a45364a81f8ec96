import json
from pathlib import Path

import pytest
import torch

from inference.errors import CorruptWeights, NoDevice, NoWeights, TooLarge
from inference.model import Model, choose_device, load_model, save_model


def test_what_is_saved_is_loaded(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "mini")
    loaded = load_model(tmp_path / "mini")
    assert loaded.vocabulary == model.vocabulary
    assert loaded.ideas == model.ideas
    for name in ("clip", "prior", "decoder", "upsampler256"):
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


def test_a_device_that_is_full_is_no_damage(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise torch.OutOfMemoryError

    save_model(model, tmp_path)
    monkeypatch.setattr(torch.nn.Module, "to", full)
    with pytest.raises(TooLarge, match="too large for this device"):
        load_model(tmp_path)


def test_a_card_that_leaves_a_network_out_is_damaged(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path)
    card = json.loads((tmp_path / "model.json").read_text())
    for name in ("prior", "ideas"):
        left = {key: value for key, value in card.items() if key != name}
        (tmp_path / "model.json").write_text(json.dumps(left))
        with pytest.raises(CorruptWeights):
            load_model(tmp_path)


def test_a_device_that_is_not_there_is_one_sentence(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path)
    with pytest.raises(NoDevice, match="no device cuda:99 here"):
        load_model(tmp_path, "cuda:99")
    assert choose_device("cpu") == "cpu"
    assert load_model(tmp_path, choose_device("auto")).device.type in ("cpu", "cuda", "mps")
