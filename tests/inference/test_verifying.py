"""`python -m inference verify`: with a database and without, and whatever the file is."""

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from db import images, registry
from db.engine import utcnow
from db.tables import Operation
from inference import __main__ as program
from inference.authority import open_authority
from inference.sealing import Made, seal
from manifest import Standing, read
from tests.inference.shop import MEMBER, Shop


class Verify:
    """The command in a folder with settings; gives the exit code and what it printed."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        (folder / "config.toml").write_text('data_dir = "."\n')
        patch.chdir(folder)
        for name in ("DATABASE_URL", "IMAGE_STORE"):
            patch.delenv(name, raising=False)
        self._folder, self._patch, self._capture = folder, patch, capture

    def __call__(self, data: bytes | None) -> tuple[int, str]:
        file = self._folder / "it.png"
        if data is not None:
            file.write_bytes(data)
        self._patch.setattr(sys, "argv", ["inference", "verify", str(file)])
        code = program.main()
        out, err = self._capture.readouterr()
        return code, out or err


@pytest.fixture
def verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Verify:
    return Verify(tmp_path, monkeypatch, capsys)


def noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_without_a_database_the_file_speaks_for_itself(tmp_path: Path, verify: Verify) -> None:
    made = Made("it.png", "mini", "variation", utcnow())
    code, line = verify(seal(noise(), made, open_authority(tmp_path)))
    said = json.loads(line)
    assert (code, said["made_here"], said["registry"]) == (0, True, {"found": "not asked"})
    assert said["manifest"]["found"] == "trusted" and said["manifest"]["told"]["system"] == "mini"
    assert not (tmp_path / "fivesquares.db").exists()


def test_a_forged_one_and_a_plain_one_are_not_ours(tmp_path: Path, verify: Verify) -> None:
    made = Made("it.png", "mini", "variation", utcnow())
    for data, found in (
        (seal(noise(), made, open_authority(tmp_path / "elsewhere")), "unknown"),
        (noise(), "none"),
    ):
        code, line = verify(data)
        assert (code, json.loads(line)["made_here"]) == (0, False)
        assert json.loads(line)["manifest"]["found"] == found


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no PNG, JPEG or WebP"),
        (b"text", "no PNG, JPEG or WebP"),
        (noise()[:400], "damaged"),
        (b"\x89PNG" + bytes(26 * 2**20), "over 25 MiB"),
        (None, "No such file"),
    ],
)
def test_what_is_no_picture_is_one_sentence(verify: Verify, data: bytes | None, words: str) -> None:
    code, said = verify(data)
    assert code == 1
    assert words in said and said.count("\n") == 1


async def test_the_worker_seals_and_registers_what_it_draws(shop: Shop) -> None:
    authority = open_authority(shop.folder)
    first = await shop.order("a")
    await shop.worker.work_once()
    async with shop.database.read() as session:
        one, other = await images.of_job(session, first)
    assert one.signed_key and one.fingerprint and one.fingerprint != other.fingerprint
    data = await shop.store.get(one.signed_key)
    found = read(data, [authority.certificate])
    assert found is not None and found.standing is Standing.trusted and found.parents == 0
    assert read(await shop.store.get(one.master_key), [authority.certificate]) is None

    blend = await shop.order(
        "b", MEMBER, sources=[one.id, await shop.bring(Image.open(io.BytesIO(noise())))],
        operation=Operation.interpolate, t=0.5, images=1,
    )  # fmt: skip
    await shop.worker.work_once()
    async with shop.database.read() as session:
        [child] = await images.of_job(session, blend)
        known = await registry.find(session, child.sha256, None)
    assert child.signed_key and known is not None and known.exact
    found = read(await shop.store.get(child.signed_key), [authority.certificate])
    assert found is not None and found.standing is Standing.trusted and found.parents == 2


async def test_the_database_knows_files_and_copies(shop: Shop, verify: Verify) -> None:
    job_id = await shop.order("a", images=1)
    await shop.worker.work_once()
    async with shop.database.write() as session:
        [image] = await images.of_job(session, job_id)
        await registry.trust(session, open_authority(shop.folder).certificate, utcnow())
    assert image.signed_key
    data = await shop.store.get(image.signed_key)
    copy = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").resize((200, 200)).save(copy, "PNG")

    code, line = await asyncio.to_thread(verify, data)
    said = json.loads(line)
    assert (code, said["made_here"], said["registry"]["found"]) == (0, True, "exact")
    assert said["registry"]["picture"] == f"{job_id}-1"
    code, line = await asyncio.to_thread(verify, copy.getvalue())
    said = json.loads(line)
    assert (code, said["made_here"], said["registry"]["found"]) == (0, False, "alike")
    assert said["manifest"] == {"found": "none"}


async def test_the_signature_is_in_the_corner_and_never_in_the_middle(shop: Shop) -> None:
    """A picture extended past its border grows from the unsigned master."""
    first = await shop.order("a", images=1)
    await shop.worker.work_once()
    async with shop.database.read() as session:
        [image] = await images.of_job(session, first)
    master = Image.open(io.BytesIO(await shop.store.get(image.master_key))).convert("RGB")
    job_id = await shop.order(
        "b", MEMBER, operation=Operation.outpaint, sources=[image.id], sides=["right", "down"],
        amount=0.5, prompt="", images=1,
    )  # fmt: skip
    await shop.worker.work_once()
    async with shop.database.read() as session:
        [wide] = await images.of_job(session, job_id)
    assert wide.signed_key
    whole = Image.open(io.BytesIO(await shop.store.get(wide.signed_key))).convert("RGB")
    assert whole.size == (384, 384)
    assert whole.getpixel((383, 383)) == (0x3C, 0x46, 0xFF)
    corner = (0, 0, 256, 256)
    assert whole.crop(corner).tobytes() == master.tobytes()
