"""Image bytes by key: a folder, S3, Google Cloud Storage or memory behind one address.

A key is written once. What `put` has returned from outlives a power cut, so a row that
names a picture never lacks it. Knows no rows, and not what the bytes show.
"""

import asyncio
import errno
import logging
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import from_url

from db.errors import ImageMissing, StorageDenied, StorageFull

log = logging.getLogger(__name__)

KEY = re.compile(r"[\w-]+(\.[\w-]+)*(/[\w-]+(\.[\w-]+)*)*", re.ASCII)
"""Names joined by slashes; none begins with a dot, so a key never leads out of its store."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ImageStore(Protocol):
    """Where pictures lie. Keys are like "12/1/0.png"; for any other a ValueError is raised."""

    async def put(self, key: str, data: bytes) -> None:
        """Stores under a new key; the same bytes may come again.

        Raises StorageFull, StorageDenied, or ValueError when other bytes have the key.
        """

    async def get(self, key: str) -> bytes:
        """The bytes. Raises ImageMissing or StorageDenied."""

    async def delete(self, key: str) -> None:
        """Removes the key; nothing happens if it is not there. Raises StorageDenied."""


def open_store(url: str) -> ImageStore:
    """The store at file:///PATH, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or memory://.

    Raises StorageDenied.
    """
    address = urlsplit(url)
    if address.scheme == "file":
        return FolderStore(Path(url2pathname(address.path)))
    return ObjectStore(url)


class FolderStore:
    """A folder. A power cut leaves a picture whole or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        """See ImageStore."""
        path = self._folder / _checked(key)
        with _in_words("written"):
            await asyncio.to_thread(self._create, path, data)

    async def get(self, key: str) -> bytes:
        """See ImageStore."""
        path = self._folder / _checked(key)
        with _in_words("read"):
            return await asyncio.to_thread(path.read_bytes)

    async def delete(self, key: str) -> None:
        """See ImageStore."""
        path = self._folder / _checked(key)
        with _in_words("written"):
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _create(self, path: Path, data: bytes) -> None:
        self._make_folder(path.parent)
        if path.exists():
            _compare(path.read_bytes(), data)
            return
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with fresh.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        _keep_names(path.parent)

    def _make_folder(self, folder: Path) -> None:
        """Makes a folder and those above it, each name in its parent as durable as the file."""
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(exist_ok=True)
            _keep_names(place.parent)


class ObjectStore:
    """A bucket; or memory, which ends with the process."""

    def __init__(self, url: str) -> None:
        try:
            self._store = from_url(url)
        except BaseError as error:
            raise StorageDenied(f"The image store can't be opened: {_reason(error)}.") from error

    async def put(self, key: str, data: bytes) -> None:
        """See ImageStore."""
        try:
            with _in_words("written"):
                await obstore.put_async(self._store, _checked(key), data, mode="create")
        except AlreadyExistsError:
            _compare(await self.get(key), data)

    async def get(self, key: str) -> bytes:
        """See ImageStore."""
        with _in_words("read"):
            found = await obstore.get_async(self._store, _checked(key))
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """See ImageStore."""
        with _in_words("written"):
            await obstore.delete_async(self._store, _checked(key))


def _checked(key: str) -> str:
    if KEY.fullmatch(key) is None:
        raise ValueError(f"not a key: {key!r}")
    return key


def _compare(stored: bytes, data: bytes) -> None:
    if stored != data:
        raise ValueError("the key holds other bytes")


def _keep_names(folder: Path) -> None:
    """Writes the folder's names to the disk; Windows does that by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _in_words(done: str) -> Iterator[None]:
    """Turns the stores' own errors into ours; what they say of places is only for the log."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except (FileNotFoundError, NotFoundError) as error:
        raise ImageMissing from error
    except (OSError, BaseError) as error:
        log.error("the image store can't be %s: %s", done, _reason(error))
        if getattr(error, "errno", None) in DISK_FULL:
            raise StorageFull from error
        raise StorageDenied from error


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
