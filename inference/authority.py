"""An authority of this machine's own, which answers for its pictures.

It is made at the first start. Its key lies in `data_dir`, for its owner only; what it signs is a
leaf that lives in memory, since readers refuse a leaf that signed itself.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inference.errors import WeightsError

PROVIDER = "Five Squares"
FILE = "authority.pem"
"""The authority's key and certificate, in `data_dir`."""
YEARS, LEAF_YEARS = 40, 30
"""Long, because nobody stamps the time: a manifest is good as long as its leaf is."""


class AuthorityError(WeightsError):
    """The authority's file can't be used; the message says what to do."""


class Authority:
    """`certificate` is for those who check; `signer` signs by a leaf of it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.certificate = _pem(certificate).decode()
        leaf_key = ec.generate_private_key(ec.SECP256R1())
        leaf = _leaf(leaf_key, key, certificate)
        self.signer = c2pa.C2paSignerInfo(
            alg=b"es256",
            sign_cert=_pem(leaf) + _pem(certificate),
            private_key=_key_pem(leaf_key),
            ta_url=None,
        )


def open_authority(folder: Path) -> Authority:
    """The authority of that folder, made if there is none. Raises AuthorityError or OSError."""
    path = folder / FILE
    if not path.exists():
        _make(path)
    data = path.read_bytes()
    try:
        key = load_pem_private_key(data, password=None)
        certificate = x509.load_pem_x509_certificate(data)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("another kind of key")
    except (ValueError, TypeError) as error:
        raise AuthorityError(
            f"{path} holds no authority; put back your copy of it, or move it away for a new one."
        ) from error
    return Authority(key, certificate)


def known_certificate(folder: Path) -> str | None:
    """The certificate of the folder's authority, if there is one. Raises AuthorityError."""
    return open_authority(folder).certificate if (folder / FILE).exists() else None


def _make(path: Path) -> None:
    """Makes the file whole at once; of two workers that start together one is first."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{PROVIDER} {secrets.token_hex(4)}")
    usage = _usage(digital_signature=False, key_cert_sign=True, crl_sign=True)
    certificate = (
        _dated(YEARS)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    try:
        fresh.write_bytes(_key_pem(key) + _pem(certificate))
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink()


def _leaf(
    key: ec.EllipticCurvePrivateKey,
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
) -> x509.Certificate:
    """What readers accept: ES256, for signing and e-mail protection, issued by an authority."""
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    return (
        _dated(LEAF_YEARS)
        .subject_name(_name("Worker"))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(above, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _dated(years: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, PROVIDER),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
