"""All that is kept of a member, as zip files for them: requests, pictures, ledger, record.

Knows no messages and no pages.
"""

import asyncio
import csv
import io
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, Any

from bot import pictures
from bot.presenters import privacy as texts
from bot.services import Services
from db import privacy
from db.errors import ImageMissing
from db.privacy import Record
from db.tables import Image, Job, LedgerEntry

IN_MEMORY = 16 * 2**20
"""Bytes of an archive that need no file."""
HEAD = 512
"""Bytes that an archive spends on each file, beside what is in it."""

File = tuple[str, bytes]

_one_at_a_time = asyncio.Semaphore(1)


async def archives(services: Services, user_id: int, largest: int) -> AsyncIterator[IO[bytes]]:
    """Zip files of at most `largest` bytes, each whole by itself, to be read from their start."""
    files = _files(services, user_id, largest - HEAD)
    waiting: File | None = await anext(files)
    while waiting is not None:
        with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(services.config.data_dir)) as out:
            async with _one_at_a_time:  # not while it is read, which may take for ever
                waiting = await _pack(out, waiting, files, largest)
            out.seek(0)
            yield out


async def _pack(
    out: IO[bytes], waiting: File | None, files: AsyncIterator[File], largest: int
) -> File | None:
    """Writes an archive of what fits, at least the file that waits; gives that which waits then."""
    room = largest
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        while waiting is not None and (room == largest or _weight(waiting) <= room):
            await asyncio.to_thread(archive.writestr, *waiting)
            room -= _weight(waiting)
            waiting = await anext(files, None)
    return waiting


def _weight(file: File) -> int:
    return len(file[1]) + 2 * len(file[0]) + HEAD // 2


async def _files(services: Services, user_id: int, largest: int) -> AsyncIterator[File]:
    """Each file's name and bytes; a picture that is too large becomes a WebP."""
    async with services.database.read() as session:
        asked = await privacy.requests(session, user_id)
        found = await privacy.pictures(session, user_id)
        entries = await privacy.ledger(session, user_id)
        record = await privacy.record(session, user_id)
    yield "read-me.txt", texts.read_me(len(asked), len(found)).encode()
    yield "requests.json", _requests(asked)
    yield "ledger.csv", _ledger(entries)
    yield "record.json", _record(record)
    for image in found:
        try:
            data = await services.store.get(image.signed_key or image.master_key)
        except ImageMissing:
            continue
        name = _name(image)
        if len(data) + 2 * len(name) > largest:
            data, name = await asyncio.to_thread(pictures.webp, data), f"{name[:-3]}webp"
        yield name, data


def _name(image: Image) -> str:
    if image.job_id is None:
        return f"brought/{image.id}.png"
    return f"pictures/{image.number}.png"


def _requests(asked: list[Job]) -> bytes:
    rows = [
        {
            "request": job.id,
            "asked_at": job.created_at.isoformat(),
            "operation": job.operation,
            "state": job.state,
            "model": job.lane,
            "credits": job.cost,
            **job.params,
        }
        for job in asked
    ]
    return _json(rows)


def _record(record: Record) -> bytes:
    """What `/mywarnings` shows in each server, not who decided nor what they noted; and the rest.

    Favourites may be another member's pictures: of them the number alone.
    """
    cases = [
        {
            "case": flag.id,
            "server": str(flag.guild_id),
            "at": _time(flag.created_at),
            "category": flag.category,
            "state": flag.state,
            "points": flag.points,
            "appealed_at": _time(flag.appealed_at),
            "prompt": flag.prompt,
        }
        for flag in record.cases
    ]
    warnings = [
        {"case": flag.id, "server": str(flag.guild_id), "at": _time(entry.at), "text": entry.text}
        for flag, entry in record.warnings
    ]
    blocks = [
        {
            "server": str(block.guild_id),
            "at": _time(block.at),
            "until": _time(block.until),
            "lifted_at": _time(block.lifted_at),
            "reason": block.reason,
        }
        for block in record.blocks
    ]
    reports = [
        {"case": entry.flag_id, "at": _time(entry.at), "text": entry.text}
        for entry in record.reports
    ]
    waited = [
        {
            "server": str(place.guild_id),
            "joined_at": _time(place.joined_at),
            "admitted_at": _time(place.admitted_at),
        }
        for place in record.admissions
    ]
    letters = [{"at": _time(each.created_at), "text": each.text} for each in record.letters]
    told = {
        "cases": cases,
        "warnings": warnings,
        "blocks": blocks,
        "reports": reports,
        "rules_accepted_at": _time(record.accepted.at) if record.accepted else None,
        "waiting_lists": waited,
        "favourites": [image.number for image in record.favourites],
        "letters": letters,
    }
    return _json(told)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _ledger(entries: list[LedgerEntry]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("at", "what", "credits", "request"))
    table.writerows((e.at.isoformat(), e.kind, e.amount, e.job_id or "") for e in entries)
    return out.getvalue().encode()
