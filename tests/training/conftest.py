import io
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

WriteShard = Callable[[str, Sequence[tuple[bytes, str]]], Path]


def scene(number: int, side: int = 96) -> Image.Image:
    """A picture unlike those of other numbers."""
    picture = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(picture)
    for i in range(6):
        x, y = ((number * 37 + i * 53) % 71, (number * 59 + i * 29) % 67)
        place = [side * n / 100 for n in (x, y, x + 30, y + 30)]
        pen.rectangle(place, fill=("red", "navy", "gold", "green", "black", "teal")[i])
    return picture


def saved(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def write_shard(tmp_path: Path) -> WriteShard:
    """Writes FOLDER/0.tar of pictures' files and captions below the test's own folder."""

    def write(folder: str, pairs: Sequence[tuple[bytes, str]]) -> Path:
        path = tmp_path / folder / "0.tar"
        path.parent.mkdir(exist_ok=True)
        with tarfile.open(path, "w") as archive:
            for number, (picture, caption) in enumerate(pairs):
                for kind, data in (("png", picture), ("txt", caption.encode())):
                    entry = tarfile.TarInfo(f"{number:04}.{kind}")
                    entry.size = len(data)
                    archive.addfile(entry, io.BytesIO(data))
        return path.parent

    return write
