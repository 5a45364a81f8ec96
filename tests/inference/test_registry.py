"""What the one line of config.toml may say."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from torch._inductor.runtime.cache_dir_utils import cache_dir

from config import Config, ConfigError, load
from inference.backends.networks import OtherWeights, PickledWeights
from inference.backends.opening import load as open_weights
from inference.backends.opening import open_model
from inference.errors import NoWeights, TooLarge, WeightsError
from inference.registry import (
    REGISTRY,
    Licence,
    LicenceNotAccepted,
    ModelSpec,
    UnknownModel,
    check_licence,
    find,
)


def test_every_model_of_the_registry_says_what_a_host_must_know() -> None:
    for name, spec in REGISTRY.items():
        assert spec.name == name
        assert spec.licence is not None and spec.licence.page.startswith("https://")
        assert spec.kind == "mini" or (spec.memory > 0 and spec.repositories and spec.sampling)


@pytest.mark.parametrize("kind", ["mini", "kandinsky", "karlo", "auto"])
def test_a_folder_is_known_by_its_layout_and_opened(
    kind: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    spec, folder = find(str(folders[kind]), tmp_path)
    assert (spec.kind, spec.name, folder) == (kind, kind, folders[kind])
    backend = open_model(Config(data_dir=tmp_path, model=str(folders[kind])))
    assert backend.card.name == kind


def test_what_is_compiled_lies_in_the_data_folder(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    open_model(Config(data_dir=tmp_path, model=str(folders["mini"])))
    assert cache_dir() == str(tmp_path / "compiled")


def test_a_repository_lies_in_the_data_folder(tmp_path: Path) -> None:
    spec, folder = find("someone/drawing", tmp_path)
    assert spec.kind == "auto" and spec.repositories[""].id == "someone/drawing"
    assert folder == tmp_path / "someone--drawing"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("kandinski", "There is no model kandinski; did you mean kandinsky-2.2?"),
        ("xyzzy", "There is no model xyzzy; there are mini, karlo, kandinsky-2.2, any folder"),
        ("/nowhere", "The folder /nowhere holds no model"),
        ("a/b/c", "There is no model a/b/c; there are"),
    ],
)
def test_an_unknown_name_is_one_sentence(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel) as error:
        find(name, tmp_path)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("name", ["", "x" * 300, "a;b", "$(id)", "a'b"])
def test_a_name_that_can_be_none_is_refused_by_the_settings(name: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"model = {name!r}".replace("\n", "\\n"))
    with pytest.raises(ConfigError):
        load(file, {})


def test_a_licence_is_accepted_by_its_own_name_only() -> None:
    licence = Licence("cc-by-nc-4.0", "https://example.org", free=False)
    spec = ModelSpec("theirs", "auto", licence=licence)
    for accepted in ("", "yes", "cc-by"):
        with pytest.raises(LicenceNotAccepted, match=r"https://example\.org"):
            check_licence(spec, accepted)
    check_licence(spec, "cc-by-nc-4.0")


def copied(folder: Path, target: Path) -> Path:
    for file in folder.rglob("*"):
        if file.is_file():
            (target / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            (target / file.relative_to(folder)).write_bytes(file.read_bytes())
    return target


def opened(folder: Path) -> None:
    open_model(Config(data_dir=folder / "data", model=str(folder)))


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("kandinsky", "decoder/unet/diffusion_pytorch_model.safetensors"),
        ("kandinsky", "prior/image_encoder/model.safetensors"),
        ("karlo", "unclip/decoder/config.json"),
        ("auto", "unet/diffusion_pytorch_model.safetensors"),
    ],
)
def test_what_is_missing_or_cut_off_is_one_sentence(
    kind: str, file: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders[kind], tmp_path / kind)
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"fetch the model again\.$"):
        opened(folder)
    (folder / file).unlink()
    with pytest.raises(NoWeights, match=r"fetch the model again\.$"):
        opened(folder)
    if file.endswith(".safetensors"):
        pickle = file.replace("/model.s", "/pytorch_model.s").replace(".safetensors", ".bin")
        (folder / pickle).write_bytes(whole)
        with pytest.raises(PickledWeights, match=f"python -m inference convert {folder}$"):
            opened(folder)


def test_a_model_too_large_for_the_memory_is_one_sentence(folders: dict[str, Path]) -> None:
    spec = replace(REGISTRY["kandinsky-2.2"], memory=1e6)
    with pytest.raises(TooLarge, match=r"needs 2e\+06 GiB of the memory of cpu .* smaller model"):
        open_weights(spec, folders["kandinsky"], "cpu")


@pytest.mark.parametrize(("kind", "part"), [("kandinsky", "decoder/unet"), ("auto", "unet")])
def test_weights_of_another_network_are_refused(
    kind: str, part: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders[kind], tmp_path / "mixed")
    name = "diffusion_pytorch_model.safetensors"
    other = folders["karlo"] / "unclip" / "decoder" / name
    (folder / part / name).write_bytes(other.read_bytes())
    with pytest.raises(WeightsError, match=r"of another network; fetch the model again\.$"):
        opened(folder)


@pytest.mark.parametrize("part", ["unet", "text_encoder", "vae"])
def test_no_part_is_filled_up_with_chance(
    part: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    """As a library does where weights are missing in a file."""
    folder = copied(folders["auto"], tmp_path / "auto")
    [file] = (folder / part).glob("*.safetensors")
    weights = load_file(file)
    save_file(dict(list(weights.items())[1:]), file, {"format": "pt"})
    with pytest.raises(OtherWeights, match=f"/{part} belong to another network; fetch"):
        opened(folder)


@pytest.mark.parametrize("kind", ["kandinsky", "karlo", "auto"])
def test_a_tokenizer_without_its_words_is_missed(
    kind: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders[kind], tmp_path / kind)
    [place] = [path for path in folder.rglob("tokenizer") if path.is_dir()]
    for file in place.iterdir():
        file.unlink()
    with pytest.raises(NoWeights, match=r"/tokenizer is not there .* fetch the model again\.$"):
        opened(folder)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_part_that_the_index_leaves_out_is_missed(
    part: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    """As in folders put together by hand."""
    folder = copied(folders["auto"], tmp_path / "auto")
    file = folder / "model_index.json"
    index = json.loads(file.read_text())
    for nothing in ([None, None], None):
        file.write_text(json.dumps(index | {part: nothing}))
        with pytest.raises(NoWeights, match=f"/{part} is not there .* fetch the model again"):
            opened(folder)
    del index[part]
    file.write_text(json.dumps(index))
    with pytest.raises(NoWeights, match=f"/{part} is not there"):
        opened(folder)


def test_what_can_not_draw_from_words_is_named(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = copied(folders["auto"], tmp_path / "auto")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "DDPMPipeline"))
    with pytest.raises(OtherWeights, match=r"a DDPMPipeline that can't draw .* name another"):
        opened(folder)
