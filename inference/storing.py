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
from db.tables import Job
from fingerprint import fingerprint
from inference import provenance
from inference.authority import Authority
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
        putting = (self._put(job, i, each, parents) for i, each in enumerate(pictures))
        done = await asyncio.gather(*putting, return_exceptions=True)
        for stored in done:
            if isinstance(stored, BaseException):
                await self.drop(job, len(pictures))
                raise stored
        return [stored for stored in done if isinstance(stored, Stored)]

    async def drop(self, job: Job, count: int) -> None:
        """Takes away what this attempt has put: no row names it, so nothing else would."""
        for index in range(count):
            for key in _keys(job, index):
                with suppress(FiveSquaresError):
                    await self._store.delete(key)

    async def _put(
        self, job: Job, index: int, picture: Image.Image, parents: Sequence[Parent]
    ) -> Stored:
        master, signed = await asyncio.to_thread(self._made, job, index, picture, parents)
        stored = Stored(
            *_keys(job, index),
            sha256(signed).hexdigest(),
            await asyncio.to_thread(fingerprint, sign(picture)),
        )
        await self._store.put(stored.master_key, master)
        await self._store.put(stored.signed_key, signed)
        return stored

    def _made(
        self, job: Job, index: int, picture: Image.Image, parents: Sequence[Parent]
    ) -> tuple[bytes, bytes]:
        """The master and the signed file: the signature, then the encoding, the manifest last."""
        operation, seed = job.operation.value, job.params["seed"] + index
        master = provenance.to_png(picture, model=self._model, operation=operation, seed=seed)
        plain = provenance.to_png(sign(picture), model=self._model, operation=operation, seed=seed)
        title = f"five-squares-{job.id}-{index + 1}.png"
        made = Made(title, self._model, operation, datetime.now(UTC), parents)
        return master, seal(plain, made, self._authority)


def _keys(job: Job, index: int) -> tuple[str, str]:
    """Of the master and the signed file; no other attempt has them."""
    place = f"{job.id}/{job.attempt}-{index + 1}"
    return f"{place}.master.png", f"{place}.signed.png"
