"""Brings a model's weights from the model hub into its folder: all of them, checked.

Files that came whole stay, so a later try fetches the others. Pickles come only to be converted.
Whatever goes wrong is one sentence that says what to do.
"""

from __future__ import annotations

import errno
import json
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import filter_repo_objects, httpx

from inference.errors import CorruptWeights, WeightsError
from inference.registry import FREE, Licence, ModelSpec, Repository, check_licence

log = logging.getLogger(__name__)
NOTE = "fetched.json"
SPARE = ("*.fp16.*", "*.non_ema.*", "*onnx*", "*openvino*", "flax_*", "*/flax_*")
PICKLES = ("*model.bin", "*model-*-of-*.bin")  # other .bin files are no weights to load
GIB = 2**30
LEFT = 600  # seconds after which what nobody writes on was left by a fetch that was ended


class HubUnreachable(WeightsError):
    """The network, or the hub, is down."""

    passing = True


class NoSuchRepository(WeightsError):
    """The hub has none of that name, or shows it to some only."""


class OnlyPickles(WeightsError):
    """Its weights have to be converted first."""


class DiskFull(WeightsError):
    """They don't fit."""

    passing = True


def fetch(spec: ModelSpec, folder: Path, accepted: str, *, pickles: bool = False) -> None:
    """Fetches what is not there yet, under a licence that is free or `accepted`, and notes it.

    Raises a WeightsError.
    """
    api = HfApi()
    for part, repository in spec.repositories.items():
        with _explained(repository, folder):
            spec = replace(spec, licence=spec.licence or _licence(api, repository))
            check_licence(spec, accepted)
            _fetch_repository(api, repository, folder / part, pickles)
    (folder / NOTE).write_text(json.dumps(_note(spec)))


def bring(spec: ModelSpec, folder: Path, accepted: str) -> ModelSpec:
    """The model with its licence, fetched if it isn't there yet. Raises a WeightsError."""
    check_licence(spec, accepted)
    if (known := fetched(spec, folder)) is not None:
        check_licence(known, accepted)
        return known
    fetch(spec, folder, accepted)
    return fetched(spec, folder) or spec


def fetched(spec: ModelSpec, folder: Path) -> ModelSpec | None:
    """The model with its licence, if all of its files, at these revisions, came before."""
    try:
        note = json.loads((folder / NOTE).read_text())
        licence = note["licence"] and Licence(**note["licence"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    known = replace(spec, licence=spec.licence or licence)
    return known if note == _note(known) else None


def _note(spec: ModelSpec) -> dict[str, object]:
    revisions = {part: [r.id, r.revision] for part, r in spec.repositories.items()}
    return {"licence": spec.licence and asdict(spec.licence), "revisions": revisions}


def _licence(api: HfApi, repository: Repository) -> Licence:
    card = api.model_info(repository.id, revision=repository.revision).card_data
    name = str(card.license_name or card.license or "unknown") if card else "unknown"
    return Licence(name, f"{api.endpoint}/{repository.id}", name in FREE)


def _fetch_repository(api: HfApi, repository: Repository, folder: Path, pickles: bool) -> None:
    tree = api.list_repo_tree(repository.id, revision=repository.revision, recursive=True)
    sizes = {file.path: file.size for file in tree if isinstance(file, RepoFile)}
    names = _wanted(repository, list(sizes), pickles)
    _clear(folder)
    missing = sum(sizes[n] for n in names if not _has(folder / n, sizes[n]))
    _check_disk(folder, missing)
    log.info("fetching %s: %.1f GiB to go", repository.id, missing / GIB)
    given = {"revision": repository.revision, "local_dir": folder}
    api.snapshot_download(repository.id, allow_patterns=names, **given)
    found = api.verify_repo_checksums(repository.id, **given)
    damaged = {each["path"] for each in found.mismatches} | set(names) & set(found.missing_paths)
    if damaged:
        for name in damaged:
            (folder / name).unlink(missing_ok=True)
        raise CorruptWeights(
            f"{', '.join(sorted(damaged))} of {repository.id} came damaged; fetch it again."
        )


def _clear(folder: Path) -> None:
    """Deletes parts of files, with which the hub's client can't go on."""
    for part in (folder / ".cache").rglob("*.incomplete"):
        if time.time() - part.stat().st_mtime > LEFT:
            part.unlink(missing_ok=True)


def _wanted(repository: Repository, names: list[str], pickles: bool) -> list[str]:
    """What to fetch. A pickle stands in only where its folder has no safetensors."""
    wanted = _matching(names, repository.files)
    safe = {Path(name).parent for name in wanted if name.endswith(".safetensors")}
    places = {Path(name).parent for name in wanted}
    unsafe = [name for name in _matching(names, PICKLES) if Path(name).parent in places - safe]
    if unsafe and not pickles:
        raise OnlyPickles(
            f"{repository.id} has weights as pickles only, which may hold programs; turn them "
            f"into safetensors once: python -m inference convert {repository.id}"
        )
    if not safe and not unsafe:
        raise NoSuchRepository(f"{repository.id} holds no weights that can be used; name another.")
    return wanted + unsafe


def _matching(names: list[str], patterns: tuple[str, ...]) -> list[str]:
    allowed = list(patterns)
    return list(filter_repo_objects(names, allow_patterns=allowed, ignore_patterns=list(SPARE)))


def _has(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


def _check_disk(folder: Path, missing: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise DiskFull(
            f"{missing / GIB:.1f} GiB are to come and {folder} has {free / GIB:.1f} GiB free; "
            "make room, or set another data_dir in config.toml."
        )


@contextmanager
def _explained(repository: Repository, folder: Path) -> Iterator[None]:
    """Turns what the hub's client raises into a WeightsError."""
    try:
        yield
    except GatedRepoError as error:
        raise NoSuchRepository(
            f"{repository.id} asks you to accept its terms: do so on its page, and set HF_TOKEN."
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise NoSuchRepository(
            f"The model hub has no {repository.id} at revision {repository.revision}, or shows it "
            "only to some; look at the name, or set HF_TOKEN."
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(folder) from error
        if isinstance(error, httpx.HTTPError) or error.errno is None:
            raise _unreachable() from error
        raise
    except httpx.HTTPError as error:
        raise _unreachable() from error
    except RuntimeError as error:  # all that the hub's own protocol, xet, tells of what went wrong
        raise (_full(folder) if "os error 28" in str(error) else _unreachable()) from error


def _full(folder: Path) -> DiskFull:
    return DiskFull(f"The disk of {folder} is full; make room and start again.")


def _unreachable() -> HubUnreachable:
    return HubUnreachable(
        "The model hub can't be reached; start again when the network is back: files that came "
        "whole stay."
    )
