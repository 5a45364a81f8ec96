"""Pictures as files: as they are where they fit, smaller where they don't."""

import io
from pathlib import Path

import pytest
from PIL import Image as Pillow

from bot import pictures
from db.store import ImageStore, open_store
from db.tables import Image
from tests.bot.studio import painted


@pytest.fixture
async def store(tmp_path: Path) -> ImageStore:
    store = open_store(tmp_path.as_uri())
    await store.put("plain.png", painted())
    await store.put("noise.png", painted(64, noise=True))
    return store


def image(index: int, key: str) -> Image:
    return Image(job_id=7, index=index, signed_key=key)


async def test_pictures_that_fit_are_sent_as_they_are(store: ImageStore) -> None:
    [first, second] = await pictures.load(
        store, [image(0, "plain.png"), image(1, "noise.png")], 10_000
    )

    assert (first.name, second.name) == ("five-squares-7-1.png", "five-squares-7-2.png")
    assert first.address == "attachment://five-squares-7-1.png"
    assert first.data == painted()
    assert first.file().fp.read() == first.file().fp.read()  # a new file for every try


async def test_if_one_is_too_large_all_become_webp(store: ImageStore) -> None:
    shown = await pictures.load(store, [image(0, "plain.png"), image(1, "noise.png")], 4000)

    assert [picture.name for picture in shown] == ["five-squares-7-1.webp", "five-squares-7-2.webp"]
    assert all(picture.data[8:12] == b"WEBP" and len(picture.data) <= 4000 for picture in shown)


@pytest.mark.parametrize(("limit", "side"), [(900_000, 1024), (300_000, 500), (30_000, 100)])
async def test_what_is_still_too_large_is_made_smaller(
    store: ImageStore, limit: int, side: int
) -> None:
    """Noise does not compress: a WebP of 1024² takes hundreds of kilobytes, the PNG a megabyte."""
    noise = painted(1024, noise=True)
    await store.put("large.png", noise)
    [shown] = await pictures.load(store, [image(0, "large.png")], limit)
    width, height = Pillow.open(io.BytesIO(shown.data)).size

    assert len(noise) > 900_000
    assert len(shown.data) <= limit
    assert width == height and side <= width <= 1024
    assert (await pictures.original(store, image(0, "large.png"))).data == noise


async def test_several_fit_into_a_message_together(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MESSAGE_LIMIT", 8000)
    await store.put("second.png", painted(64, noise=True))
    both = [image(0, "noise.png"), image(1, "second.png")]
    shown = await pictures.load(store, both, 100_000)

    assert sum(len(picture.data) for picture in shown) <= 8000
