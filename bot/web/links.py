"""Addresses that only their holder can know: signed, and dead after a time.

Knows not what a link leads to.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from config import Config
from db.errors import FiveSquaresError

KEY_FILE = "web.key"
KEY_BYTES = 32


class LinkDead(FiveSquaresError):
    """This link is not valid any more. Please begin again in Discord; nothing was charged."""


@dataclass(frozen=True)
class Links:
    """The public address of the pages, and the key that signs."""

    public_url: str
    key: bytes = field(repr=False)

    def make(self, kind: str, number: int, expires: datetime) -> str:
        """The address of the thing of that kind and number, until then."""
        until = int(expires.timestamp())
        return f"{self.public_url}/{kind}/{number}.{until}.{self._signature(kind, number, until)}"

    def read(self, kind: str, token: str, now: datetime) -> int:
        """The number in a link's last part. Raises LinkDead."""
        try:
            number, until, signature = token.split(".")
            genuine = self._signature(kind, int(number), int(until))
        except ValueError as error:
            raise LinkDead from error
        if not hmac.compare_digest(genuine.encode(), signature.encode()):
            raise LinkDead
        if int(until) <= now.timestamp():
            raise LinkDead
        return int(number)

    def _signature(self, kind: str, number: int, until: int) -> str:
        signed = hmac.digest(self.key, f"{kind}.{number}.{until}".encode(), sha256)
        return urlsafe_b64encode(signed).decode().rstrip("=")


def open_links(config: Config) -> Links | None:
    """Links of this installation; None where members can't reach its pages.

    The key is made once and kept in `data_dir`, for its owner only.
    """
    if not (config.web.listen and config.web.public_url):
        return None
    return Links(config.web.public_url.rstrip("/"), _key(config.data_dir / KEY_FILE))


def _key(path: Path) -> bytes:
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(KEY_BYTES))
        fresh.replace(path)
    return path.read_bytes()
