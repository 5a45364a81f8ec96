"""A finished picture's two files: the unsigned master, and the signed one that may leave.

Knows no rows and no jobs' states.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from PIL import Image

from db.errors import FiveSquaresError
from db.store import ImageStore
from db.tables import Job, file_name, number_of
from fingerprint import fingerprint
from inference import provenance
from inference.authority import Authority
from inference.draft import seed_of
from inference.sealing import Made, Parent, seal
from inference.signature import sign


@dataclass(frozen=True)
class Stored:
    """Where the two lie, and the marks by which the signed one is known again."""

    master_key: str
    signed_key: str
    sha256: str
    fingerprint: str | None


class Files:
    """A store, and the authority that signs what is put there."""

    def __init__(self, store: ImageStore, authority: Authority, model: str) -> None:
        self._store, self._authority, self._model = store, authority, model

    async def put(
        self, job: Job, pictures: Sequence[Image.Image], parents: Sequence[Parent]
    ) -> list[Stored]:
        """Stores all pictures of a job, or none; what it returns from outlives a power cut."""
        files: list[str] = []
        putting = (self._put(files, job, i, each, parents) for i, each in enumerate(pictures))
        done = await asyncio.gather(*putting, return_exceptions=True)
        for stored in done:
            if isinstance(stored, BaseException):
                await self._delete(files)
                raise stored
        return [stored for stored in done if isinstance(stored, Stored)]

    async def drop(self, stored: Sequence[Stored]) -> None:
        """Takes away what was put for nothing: no row names it, so nothing else would."""
        await self._delete([key for each in stored for key in (each.master_key, each.signed_key)])

    async def _delete(self, files: Sequence[str]) -> None:
        for key in files:
            with suppress(FiveSquaresError):
                await self._store.delete(key)

    async def _put(
        self, files: list[str], job: Job, index: int, picture: Image.Image,
        parents: Sequence[Parent],
    ) -> Stored:  # fmt: skip
        """Stores both files of a picture, and names those that are there now."""
        master, signed = await asyncio.to_thread(self._made, job, index, picture, parents)
        place = f"{job.id}/{job.attempt}-{index + 1}"
        stored = Stored(
            f"{place}.master.png",
            f"{place}.signed.png",
            sha256(signed).hexdigest(),
            await asyncio.to_thread(fingerprint, sign(picture)),
        )
        for key, data in ((stored.master_key, master), (stored.signed_key, signed)):
            await self._store.put(key, data)
            files.append(key)
        return stored

    def _made(
        self, job: Job, index: int, picture: Image.Image, parents: Sequence[Parent]
    ) -> tuple[bytes, bytes]:
        """The master and the signed file: the signature, then the encoding, the manifest last."""
        operation, seed = job.operation.value, seed_of(job.params["seed"], index)
        master = provenance.to_png(picture, model=self._model, operation=operation, seed=seed)
        plain = provenance.to_png(sign(picture), model=self._model, operation=operation, seed=seed)
        title = file_name(number_of(job.id, index))
        made = Made(title, self._model, operation, datetime.now(UTC), parents)
        return master, seal(plain, made, self._authority)
