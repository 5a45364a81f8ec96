"""Weights are fetched over HTTP by the real client, from a hub of the tests' own."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import HfApi, constants
from PIL import Image
from safetensors.torch import load_file

from inference import fetching
from inference.__main__ import main
from inference.backends.opening import load
from inference.converting import convert
from inference.errors import CorruptWeights, WeightsError
from inference.fetching import (
    LEFT,
    DiskFull,
    HubUnreachable,
    NoSuchRepository,
    OnlyPickles,
    bring,
    fetch,
    fetched,
)
from inference.registry import LicenceNotAccepted, ModelSpec, Repository, find, find_guard
from tests.inference.hub import Hub, running

NAME = "someone/drawing"


@pytest.fixture
def hub(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """It holds one repository, a tiny Stable Diffusion."""
    with running(Hub({NAME: folders["auto"]}, {NAME: "mit"})) as hub:
        look_at(hub.url, monkeypatch)
        yield hub


def look_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As HF_ENDPOINT in the environment does, which the client has read by now."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def place(tmp_path: Path) -> tuple[ModelSpec, Path]:
    return find(NAME, tmp_path / "models")


def pickled(folder: Path, target: Path) -> Path:
    """A copy of the repository in which every weight is a pickle."""
    shutil.copytree(folder, target)
    for file in target.rglob("*.safetensors"):
        names = {"model": "pytorch_model", "diffusion_pytorch_model": "diffusion_pytorch_model"}
        torch.save(load_file(file), file.with_name(names[file.stem] + ".bin"))
        file.unlink()
    return target


def test_all_of_a_repository_comes_and_is_known_then(hub: Hub, tmp_path: Path) -> None:
    spec, folder = place(tmp_path)
    assert fetched(spec, folder) is None
    fetch(spec, folder, "")
    source = hub.repositories[NAME]
    for file in source.rglob("*"):
        if file.is_file():
            assert (folder / file.relative_to(source)).read_bytes() == file.read_bytes()
    known = fetched(spec, folder)
    assert known is not None and known.licence is not None and known.licence.name == "mit"
    other = replace(spec, repositories={"": replace(spec.repositories[""], revision="other")})
    assert fetched(other, folder) is None


def test_what_broke_off_goes_on_where_it_ended(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)  # what it keeps at once
    spec, folder = place(tmp_path)
    hub.broken_after = 50_000
    fetch(spec, folder, "")
    assert hub.ranges == ["bytes=50000-"]


def test_a_second_try_brings_only_what_is_missing(hub: Hub, tmp_path: Path) -> None:
    spec, folder = place(tmp_path)
    fetch(spec, folder, "")
    (folder / "unet" / "config.json").unlink()
    hub.sent.clear()
    fetch(spec, folder, "")
    assert hub.sent == ["config.json"]


def test_parts_that_an_ended_fetch_left_are_taken_away(hub: Hub, tmp_path: Path) -> None:
    """Each try gives them names of its own, so none would go on with them."""
    spec, folder = place(tmp_path)
    cache = folder / ".cache" / "huggingface" / "download"
    cache.mkdir(parents=True)
    for name, age in (("left", LEFT + 60), ("of another fetch", 0)):
        (cache / f"{name}.incomplete").write_bytes(b"half")
        os.utime(cache / f"{name}.incomplete", (time.time() - age,) * 2)
    fetch(spec, folder, "")
    assert [part.stem for part in folder.rglob("*.incomplete")] == ["of another fetch"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("File reconstruction error: IO Error: No space left on device (os error 28)", DiskFull),
        ("Data processing error: CAS service error: connection refused", HubUnreachable),
    ],
)
def test_what_the_hubs_own_protocol_says_is_one_sentence(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, kind: type[WeightsError]
) -> None:
    def broken(*given: object, **more: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(HfApi, "snapshot_download", broken)
    spec, folder = place(tmp_path)
    with pytest.raises(kind):
        fetch(spec, folder, "")


def test_damaged_bytes_are_noticed_and_taken_away(hub: Hub, tmp_path: Path) -> None:
    spec, folder = place(tmp_path)
    hub.wrong_bytes = True
    with pytest.raises(CorruptWeights, match=r"came damaged; fetch it again"):
        fetch(spec, folder, "")
    assert fetched(spec, folder) is None
    hub.wrong_bytes = False
    fetch(spec, folder, "")
    assert fetched(spec, folder) is not None


def test_a_licence_that_is_not_free_must_be_accepted_by_name(hub: Hub, tmp_path: Path) -> None:
    spec, folder = place(tmp_path)
    hub.licences[NAME] = "cc-by-nc-4.0"
    for accepted in ("", "mit"):
        with pytest.raises(LicenceNotAccepted, match=r'accept_licence = "cc-by-nc-4\.0"'):
            fetch(spec, folder, accepted)
    assert not hub.sent
    fetch(spec, folder, "cc-by-nc-4.0")
    assert fetched(spec, folder) is not None


def test_no_licence_is_not_a_free_one(hub: Hub, tmp_path: Path) -> None:
    spec, folder = place(tmp_path)
    hub.licences.clear()
    with pytest.raises(LicenceNotAccepted, match="unknown"):
        fetch(spec, folder, "")


def test_pickles_come_only_to_be_converted(
    hub: Hub, tmp_path: Path, folders: dict[str, Path]
) -> None:
    hub.repositories[NAME] = pickled(folders["auto"], tmp_path / "pickled")
    (hub.repositories[NAME] / "unet" / "optimizer.bin").write_bytes(b"no weights")
    spec, folder = place(tmp_path)
    with pytest.raises(OnlyPickles, match=f"python -m inference convert {NAME}"):
        fetch(spec, folder, "")
    assert not hub.sent
    fetch(spec, folder, "", pickles=True)
    assert len(convert(folder)) == 3
    for file in folders["auto"].rglob("*.safetensors"):
        ours = load_file(folder / file.relative_to(folders["auto"]))
        assert all(torch.equal(ours[name], value) for name, value in load_file(file).items())


def test_what_the_hub_does_not_have_is_one_sentence(hub: Hub, tmp_path: Path) -> None:
    for name in ("someone/else", "some one/else"):
        spec, folder = find(name, tmp_path / "models")
        with pytest.raises(NoSuchRepository, match=f"has no {name}"):
            fetch(spec, folder, "")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("Hello")
    hub.repositories["someone/empty"] = tmp_path / "empty"
    hub.licences["someone/empty"] = "mit"
    spec, folder = find("someone/empty", tmp_path / "models")
    with pytest.raises(NoSuchRepository, match="holds no weights"):
        fetch(spec, folder, "")


def test_no_network_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    look_at("http://127.0.0.1:9", monkeypatch)
    spec, folder = place(tmp_path)
    with pytest.raises(HubUnreachable, match="files that came whole stay"):
        fetch(spec, folder, "")


def test_a_full_disk_is_known_before(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, folder = place(tmp_path)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFull, match="GiB free; make room"):
        fetch(spec, folder, "")
    assert not hub.sent


def test_a_guard_comes_from_a_repository_under_a_free_licence(hub: Hub, tmp_path: Path) -> None:
    source = tmp_path / "guard"
    source.mkdir()
    for name in ("config.json", "tokenizer.json", "merges.txt", "model.safetensors", "run.py"):
        (source / name).write_text(name)
    hub.repositories |= {"someone/guard": source, "someone/closed": source}
    hub.licences |= {"someone/guard": "apache-2.0", "someone/closed": "research-only"}
    spec, folder = find_guard("someone/guard", tmp_path / "models")
    known = bring(spec, folder, "")
    assert known.licence is not None and known.licence.free
    came = {file.name for file in folder.iterdir() if file.is_file()}
    assert came == {file.name for file in source.iterdir()} - {"run.py"} | {"fetched.json"}
    hub.sent.clear()
    assert bring(spec, folder, "") == known and hub.sent == []
    with pytest.raises(LicenceNotAccepted):
        bring(*find_guard("someone/closed", tmp_path / "models"), "")


def test_a_guard_can_be_fetched_ahead(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files are not those of a model that draws."""
    source = tmp_path / "guard"
    source.mkdir()
    for name in ("tokenizer.json", "model.safetensors"):
        (source / name).write_text(name)
    hub.repositories["someone/guard"] = source
    hub.licences["someone/guard"] = "apache-2.0"
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text('[policy]\nguard = "someone/guard"')
    monkeypatch.setattr("sys.argv", ["inference", "fetch", "someone/guard"])
    assert main() == 0
    folder = tmp_path / "data" / "models" / "someone--guard"
    assert capsys.readouterr().out == f"someone/guard is complete: {folder}\n"
    assert (folder / "tokenizer.json").exists()


def test_a_model_may_bring_an_ip_adapter(
    hub: Hub, folders: dict[str, Path], tmp_path: Path
) -> None:
    """As they are published: several in a folder, of which a spec names one."""
    published = tmp_path / "adapter" / "models"
    shutil.copytree(folders["adapted"] / "ip_adapter", published)
    shutil.copy(published / "ip-adapter.safetensors", published / "another.safetensors")
    hub.repositories["someone/adapter"] = tmp_path / "adapter"
    files = ("models/ip-adapter.safetensors", "models/image_encoder/*")
    spec, folder = place(tmp_path)
    seeing = {**spec.repositories, "ip_adapter": Repository("someone/adapter", files=files)}
    spec = bring(replace(spec, repositories=seeing), folder, "")
    backend = load(spec, folder, "cpu")
    assert backend.variation(Image.new("RGB", (64, 64)), 1).image_embed is not None
