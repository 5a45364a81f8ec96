"""Pictures are written whole, once, inside their store; what goes wrong is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from db.errors import ImageMissing, StorageDenied
from db.store import ImageStore, open_store

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "all my images"


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, folder: Path) -> ImageStore:
    return open_store(folder.as_uri() if request.param == "folder" else "memory://")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_what_goes_in_comes_out(store: ImageStore):
    data = os.urandom(100_000)
    await store.put("12/1/0.master.png", data)
    assert await store.get("12/1/0.master.png") == data


async def test_a_key_is_written_once(store: ImageStore):
    for _ in range(2):
        await store.put("1/0.png", b"first")
    with pytest.raises(ValueError, match="other bytes"):
        await store.put("1/0.png", b"second")
    assert await store.get("1/0.png") == b"first"


async def test_deleting(store: ImageStore):
    await store.put("1/0.png", b"first")
    for _ in range(2):
        await store.delete("1/0.png")
    with pytest.raises(ImageMissing):
        await store.get("1/0.png")


KEYS = ["", "../a", "a/../b", "/etc/passwd", "a//b", "a/", ".hidden", "a\\b", "a b", "a\n", "C:a"]


@pytest.mark.parametrize("key", KEYS)
async def test_no_key_leads_out(store: ImageStore, folder: Path, key: str):
    for act in (store.put(key, b"x"), store.get(key), store.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await act
    assert not folder.exists()


async def test_only_whole_files_stay(folder: Path):
    await open_store(folder.as_uri()).put("1/0.png", b"x")
    assert files(folder) == ["1/0.png"]


async def test_a_folder_that_can_not_be_made(folder: Path):
    """A file stands in the way: that stops even the superuser, who runs some tests."""
    folder.write_text("in the way")
    store = open_store(folder.as_uri())
    with pytest.raises(StorageDenied, match="can't be used"):
        await store.put("1/0.png", b"x")
    with pytest.raises(StorageDenied):
        await store.get("1/0.png")


FULL = """
import asyncio, resource, sys
from db.errors import StorageFull
from db.store import open_store

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    asyncio.run(open_store(sys.argv[1]).put("1/0.png", b"x" * 5000))
except StorageFull as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk(folder: Path):
    """A real limit on what a process may write. Nothing half-written stays."""
    run = subprocess.run(
        [sys.executable, "-c", FULL, folder.as_uri()],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert run.stdout.startswith("The disk is full;")
    assert files(folder) == []


@pytest.mark.parametrize("url", ["ftp://somewhere", "s3://"])
def test_a_store_of_no_known_kind(url: str):
    with pytest.raises(StorageDenied, match=r"can't be opened: .*URL"):
        open_store(url)


async def test_a_message_names_no_place(folder: Path):
    """Members may read it; the place is in the log."""
    folder.write_text("in the way")
    with pytest.raises(StorageDenied) as error:
        await open_store(folder.as_uri()).put("1/0.png", b"x")
    assert str(folder) not in str(error.value)
