"""Pictures are sealed by an authority of their own; what is forged or changed shows."""

import io
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from inference.authority import FILE, Authority, AuthorityError, known_certificate, open_authority
from inference.sealing import VERSION, Made, Parent, seal
from manifest import Manifest, Standing, read

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def png(side: int = 64) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


def made(operation: str = "text_to_image", *parents: Parent) -> Made:
    return Made("five-squares-12-3.png", "mini", operation, AT, parents)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return open_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def sealed(authority: Authority) -> bytes:
    return seal(png(), made(), authority)


def seen(data: bytes, *trusted: Authority) -> Manifest | None:
    return read(data, [authority.certificate for authority in trusted])


def test_a_sealed_picture_says_who_made_it_with_what_and_when(
    authority: Authority, sealed: bytes
) -> None:
    found = seen(sealed, authority)
    assert found is not None and found.standing is Standing.trusted
    assert found.made_by_ai and found.parents == 0 and found.signer == "Five Squares"
    told = dict(found.told)
    assert len(told.pop("id")) == 32
    assert told == {
        "provider": "Five Squares", "system": "mini", "version": VERSION,
        "time": "2026-03-10T12:00:00Z", "operation": "text_to_image",
    }  # fmt: skip


def test_the_pixels_stay_and_little_is_added(authority: Authority) -> None:
    plain = png(256)
    whole = seal(plain, made(), authority)
    assert Image.open(io.BytesIO(whole)).tobytes() == Image.open(io.BytesIO(plain)).tobytes()
    assert len(whole) - len(plain) < 6000
    first, second = seen(whole, authority), seen(seal(plain, made(), authority), authority)
    assert first and second and first.told["id"] != second.told["id"]


@pytest.mark.parametrize("operation", ["variation", "inpaint", "outpaint", "interpolate"])
def test_parents_are_named_and_bring_their_own_manifests(
    authority: Authority, sealed: bytes, operation: str
) -> None:
    parents = Parent("five-squares-12-3.png", sealed), Parent("a picture that a member brought")
    found = seen(seal(png(), made(operation, *parents), authority), authority)
    assert found is not None and found.standing is Standing.trusted
    assert found.parents == 2
    young = seal(png(), made(operation, *parents), authority)
    child = seen(seal(png(), made("variation", Parent("young", young)), authority), authority)
    assert child is not None and child.standing is Standing.trusted


def test_what_another_authority_signed_is_not_ours(tmp_path: Path, authority: Authority) -> None:
    foreign = open_authority(tmp_path)
    forged = seal(png(), made(), foreign)
    found = seen(forged, authority)
    assert found is not None and found.standing is Standing.unknown
    assert seen(forged) == found  # nobody is trusted unless named
    both = seen(forged, authority, foreign)
    assert both is not None and both.standing is Standing.trusted


def test_what_was_changed_shows(authority: Authority, sealed: bytes) -> None:
    middle = len(sealed) - 1000
    changed = sealed[:middle] + bytes([sealed[middle] ^ 1]) + sealed[middle + 1 :]
    found = seen(changed, authority)
    assert found is not None and found.standing is Standing.altered
    swapped = sealed.replace(b"2026-03-10T12", b"2025-03-10T12")
    assert swapped != sealed
    found = seen(swapped, authority)
    assert found is not None and found.standing is Standing.altered


def test_hostile_files_raise_nothing(authority: Authority, sealed: bytes) -> None:
    for cut in (4, 40, 400, 1500, len(sealed) // 2, len(sealed) - 8):
        found = seen(sealed[:cut], authority)
        assert found is None or found.standing is not Standing.trusted
    for data in (b"", b"\x89PNG", b"RIFF" + b"\0" * 64, b"\xff\xd8\xff" * 9, b"text", png()):
        found = seen(data, authority)
        assert found is None or found.standing is Standing.damaged
    assert seen(png(), authority) is None


def test_the_key_is_for_its_owner_only_and_stays(tmp_path: Path) -> None:
    assert known_certificate(tmp_path / "new") is None
    first = open_authority(tmp_path / "new")
    file = tmp_path / "new" / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [FILE]
    second = open_authority(tmp_path / "new")
    assert first.certificate == second.certificate == known_certificate(tmp_path / "new")
    assert "PRIVATE" not in first.certificate
    found = seen(seal(png(), made(), second), first)
    assert found is not None and found.standing is Standing.trusted


def test_the_certificate_outlives_its_pictures_for_long(authority: Authority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
    assert certificate.not_valid_after_utc.year >= datetime.now(UTC).year + 39
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_a_damaged_authority_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(AuthorityError, match="put back your copy"):
        open_authority(tmp_path)


def test_the_version_is_the_projects() -> None:
    assert f'version = "{VERSION}"' in PYPROJECT.read_text(encoding="utf-8")
