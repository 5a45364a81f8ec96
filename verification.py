"""Was this picture made here? What its signed metadata say, and what the registry knows.

Anybody may ask, so it tells nothing of who asked for a picture or with what words.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import manifest
from db import registry
from db.engine import Database
from db.registry import Match
from fingerprint import fingerprint
from manifest import Manifest, Standing
from uploads import open_picture


@dataclass(frozen=True)
class Verification:
    """What each of the two found; `asked` says whether there was a registry to ask."""

    manifest: Manifest | None
    match: Match | None
    asked: bool

    @property
    def made_here(self) -> bool:
        """Whether one of them proves it; looks alone are only likely."""
        signed = self.manifest is not None and self.manifest.standing is Standing.trusted
        return signed or (self.match is not None and self.match.exact)


async def verify(
    data: bytes, database: Database | None, certificates: Sequence[str] = ()
) -> Verification:
    """Looks at a file from outside, under the limits of an upload. Raises UnusablePicture.

    `certificates` are trusted beside those of the database.
    """
    picture = await asyncio.to_thread(open_picture, data)
    mark = await asyncio.to_thread(fingerprint, picture)
    if database is None:
        return Verification(await asyncio.to_thread(manifest.read, data, certificates), None, False)
    async with database.read() as session:
        known = await registry.trusted(session)
        match = await registry.find(session, sha256(data).hexdigest(), mark)
    found = await asyncio.to_thread(manifest.read, data, [*known, *certificates])
    return Verification(found, match, True)
