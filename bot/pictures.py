"""Stored pictures as the files of a message: named, and small enough for where they go.

Only signed pictures are read here. Knows no jobs and sends nothing.
"""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from PIL import Image as Pillow

from db.store import ImageStore
from db.tables import Image, file_name

THUMBNAIL = 480
"""The longer side of a picture in a gallery of many."""
SMALLEST = 64
"""The side below which a picture that is too large is not made smaller."""
MESSAGE_LIMIT = 25 * 2**20
"""Bytes that one message takes with all its files."""


@dataclass(frozen=True)
class Picture:
    """A file to be sent. Discord closes what it sends, so every try takes a new `file()`."""

    name: str
    data: bytes

    @property
    def address(self) -> str:
        """How the message's components refer to the file."""
        return f"attachment://{self.name}"

    def file(self) -> discord.File:
        """The file for one try."""
        return discord.File(io.BytesIO(self.data), self.name)


@dataclass(frozen=True)
class Content:
    """A layout and the files that it refers to; `mark` differs when the contents do."""

    view: discord.ui.LayoutView
    pictures: Sequence[Picture] = ()
    mark: object = None

    def files(self) -> list[discord.File]:
        """The files for one try to send them."""
        return [picture.file() for picture in self.pictures]


async def original(store: ImageStore, image: Image) -> Picture:
    """The signed picture as it was stored."""
    assert image.signed_key is not None
    return Picture(file_name(image.number, "png"), await store.get(image.signed_key))


async def load(store: ImageStore, images: Sequence[Image], limit: int) -> list[Picture]:
    """The signed pictures: as PNG where each fits into `limit` bytes and all into a message.

    Otherwise all become WebP, which looks the same at a fraction of the size; what is still too
    large is made smaller.
    """
    files = [await store.get(image.signed_key) for image in images if image.signed_key]
    extension = "png"
    if max(map(len, files)) > limit or sum(map(len, files)) > MESSAGE_LIMIT:
        room = min(limit, MESSAGE_LIMIT // len(files))
        files = [await asyncio.to_thread(_within, png, room) for png in files]
        extension = "webp"
    return [
        Picture(file_name(image.number, extension), data)
        for image, data in zip(images, files, strict=True)
    ]


async def thumbnails(store: ImageStore, images: Sequence[Image]) -> list[Picture]:
    """Small copies of the signed pictures, for a gallery of many."""
    found = [image for image in images if image.signed_key is not None]
    files = await asyncio.gather(*(store.get(image.signed_key or "") for image in found))
    small = [await asyncio.to_thread(webp, png, THUMBNAIL) for png in files]
    return [
        Picture(file_name(image.number, "webp"), data)
        for image, data in zip(found, small, strict=True)
    ]


def _within(png: bytes, limit: int) -> bytes:
    """A WebP of at most `limit` bytes: the best that fits, or else the smallest."""
    data = webp(png)
    side = max(Pillow.open(io.BytesIO(png)).size)
    while len(data) > limit and side > SMALLEST:
        side = side * 3 // 4
        data = webp(png, side)
    return data


def webp(png: bytes, side: int | None = None) -> bytes:
    """The same picture at a fraction of the bytes, and no larger than `side` if that is given."""
    picture, out = Pillow.open(io.BytesIO(png)), io.BytesIO()
    if side is not None:
        picture.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    picture.save(out, "WEBP", quality=90)
    return out.getvalue()
