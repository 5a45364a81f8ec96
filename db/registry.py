"""Which pictures were made here: by their bytes, or by their looks. Never commits.

It also keeps the certificates of all workers that ever signed for this installation.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as digest_of

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import add_missing
from db.tables import Authority, Image, Job
from fingerprint import ALIKE, nearest

PAGE = 20_000
"""So many pictures are looked through at a time for one of the same looks."""


@dataclass(frozen=True)
class Match:
    """A picture that was made here, its job, and how many bits of the fingerprints differ.

    `exact` says that the file is the very one that left.
    """

    image: Image
    job: Job
    exact: bool
    bits: int = 0


async def trust(session: AsyncSession, certificate: str, now: datetime) -> None:
    """Notes a worker's certificate; nothing changes if it is known."""
    digest = digest_of(certificate.encode()).hexdigest()
    await add_missing(session, Authority(digest=digest, certificate=certificate, at=now))


async def trusted(session: AsyncSession) -> list[str]:
    """All certificates."""
    return list(await session.scalars(select(Authority.certificate).order_by(Authority.at)))


async def find(session: AsyncSession, sha256: str, fingerprint: str | None) -> Match | None:
    """The picture that left as that very file, or else the one that looks most like it."""
    made = select(Image, Job).join(Job, Job.id == Image.job_id)
    if exact := (await session.execute(made.where(Image.sha256 == sha256).limit(1))).first():
        return Match(*exact, exact=True)
    if fingerprint is None:
        return None
    bits, image_id = await _nearest(session, fingerprint)
    if bits > ALIKE:
        return None
    image = await session.get_one(Image, image_id)
    return Match(image, await session.get_one(Job, image.job_id), exact=False, bits=bits)


async def _nearest(session: AsyncSession, fingerprint: str) -> tuple[int, int]:
    """Of all pictures made here the one that looks most alike, by its bits that differ and its id.

    Of several the newest. All are looked at: no index of a database knows what is near.
    """
    best, image_id = ALIKE + 1, 0
    known = select(Image.id, Image.fingerprint).where(
        Image.job_id.is_not(None), Image.fingerprint.is_not(None)
    )
    known = known.order_by(Image.id.desc()).limit(PAGE)
    rows = (await session.execute(known)).all()
    while rows:
        at, bits = nearest(fingerprint, [mark for _, mark in rows if mark])
        if bits < best:
            best, image_id = bits, rows[at][0]
        rows = (await session.execute(known.where(Image.id < rows[-1][0]))).all()
    return best, image_id
