import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from inference import converting
from inference.converting import convert
from inference.errors import CorruptWeights, NoWeights


class Program:
    """What a hostile pickle would run when it is opened: it makes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.file,)


def test_weights_keep_their_values_and_get_their_safe_names(tmp_path: Path) -> None:
    weights = {"a": torch.randn(3, 4).half(), "b": torch.arange(5)}
    weights["tied"] = weights["a"].T
    for name in ("pytorch_model", "diffusion_pytorch_model"):
        torch.save(weights, tmp_path / f"{name}.bin")
    written = convert(tmp_path)
    assert {file.name for file in written} == {
        "model.safetensors", "diffusion_pytorch_model.safetensors",
    }  # fmt: skip
    for file in written:
        assert all(torch.equal(load_file(file)[name], value) for name, value in weights.items())
    assert convert(tmp_path) == []


def test_weights_in_several_files_keep_their_list(tmp_path: Path) -> None:
    names = {f"w{i}": f"pytorch_model-0000{i}-of-00002.bin" for i in (1, 2)}
    for weight, name in names.items():
        torch.save({weight: torch.ones(2)}, tmp_path / name)
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": names}))
    convert(tmp_path)
    listed = json.loads((tmp_path / "model.safetensors.index.json").read_text())["weight_map"]
    assert listed == {f"w{i}": f"model-0000{i}-of-00002.safetensors" for i in (1, 2)}
    assert all(weight in load_file(tmp_path / name) for weight, name in listed.items())


def test_a_pickle_with_a_program_is_refused_and_does_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    torch.save({"a": Program(ran)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(CorruptWeights, match="may be a program; do not use it"):
        convert(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["pytorch_model.bin"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a pickle", b"PK\x03\x04 half a file", b"<!doctype html>",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(CorruptWeights, match=r"pytorch_model.bin is damaged; fetch it again"):
        convert(tmp_path)


def test_a_file_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **more: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    torch.save({"a": torch.ones(2)}, tmp_path / "pytorch_model.bin")
    monkeypatch.setattr(converting, "save_file", full)
    with pytest.raises(OSError, match=r"model.safetensors can't be written"):
        convert(tmp_path)


def test_what_is_no_list_of_weights_is_refused(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "pytorch_model.bin")
    with pytest.raises(CorruptWeights, match="no list of weights"):
        convert(tmp_path)


def test_a_folder_without_pickles_has_nothing_to_convert(tmp_path: Path) -> None:
    with pytest.raises(NoWeights, match=r"holds no \.bin"):
        convert(tmp_path)
