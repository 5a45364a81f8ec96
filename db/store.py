"""Image bytes by key: a folder, S3, GCS or memory behind one address. Knows no rows."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import secrets
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import from_url

from db.errors import ImageMissing, StorageDenied, StorageFull

_KEY = re.compile(r"[\w-]+(\.[\w-]+)*(/[\w-]+(\.[\w-]+)*)*", re.ASCII)


class ImageStore(Protocol):
    """Where pictures lie. A key is written once; the same bytes may come again."""

    async def put(self, key: str, data: bytes) -> None:
        """Stores durably. Raises StorageFull, StorageDenied, or ValueError for other bytes."""

    async def get(self, key: str) -> bytes:
        """The bytes. Raises ImageMissing."""

    async def delete(self, key: str) -> None:
        """Removes the key, if it is there."""


def open_store(url: str) -> ImageStore:
    """The store at `url`: file:///…, s3://…, gs://… or memory:///."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderStore(Path(url2pathname(unquote(parts.path))))
    return ObjectStore(url)


def _checked(key: str) -> str:
    if _KEY.fullmatch(key) is None:
        raise ValueError(f"not a key: {key!r}")
    return key


class FolderStore:
    """A folder, written so that a power cut leaves a picture whole or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        """See ImageStore."""
        try:
            await asyncio.to_thread(self._write, self._folder / _checked(key), data)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StorageFull from error
            raise StorageDenied from error

    async def get(self, key: str) -> bytes:
        """See ImageStore."""
        try:
            return await asyncio.to_thread((self._folder / _checked(key)).read_bytes)
        except FileNotFoundError as error:
            raise ImageMissing from error

    async def delete(self, key: str) -> None:
        """See ImageStore."""
        await asyncio.to_thread((self._folder / _checked(key)).unlink, missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            if path.read_bytes() != data:
                raise ValueError("another picture has this key")
            return
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with fresh.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


class ObjectStore:
    """A bucket, or memory for trials."""

    def __init__(self, url: str) -> None:
        self._store = from_url(url)

    async def put(self, key: str, data: bytes) -> None:
        """See ImageStore."""
        try:
            await obstore.put_async(self._store, _checked(key), data, mode="create")
        except AlreadyExistsError:
            if await self.get(key) != data:
                raise ValueError("another picture has this key") from None

    async def get(self, key: str) -> bytes:
        """See ImageStore."""
        try:
            answer = await obstore.get_async(self._store, _checked(key))
        except (NotFoundError, FileNotFoundError) as error:
            raise ImageMissing from error
        return bytes(await answer.bytes_async())

    async def delete(self, key: str) -> None:
        """See ImageStore."""
        await obstore.delete_async(self._store, _checked(key))
