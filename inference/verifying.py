"""`python -m inference verify FILE`: was this picture made here, as one JSON line.

It asks the database of the settings, if it can be reached, and else goes by this machine's own
certificate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from config import Config, load
from db.engine import Database, open_database
from db.errors import FiveSquaresError
from inference.authority import known_certificate
from uploads import LARGEST_FILE, UnusablePicture
from verification import Verification, verify

Arguments = argparse.Namespace
SQLITE = "sqlite+aiosqlite:///"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds it to the parser of `python -m inference`."""
    verifying = commands.add_parser("verify", help="was this picture made here")
    verifying.add_argument("file", type=Path)
    verifying.set_defaults(run=run)


def run(arguments: Arguments) -> None:
    """Prints what was found. Raises UnusablePicture, ConfigError, AuthorityError or OSError."""
    if arguments.file.stat().st_size > LARGEST_FILE:
        raise UnusablePicture(f"That file is over {LARGEST_FILE >> 20} MiB; send a smaller one.")
    found = asyncio.run(_verify(load(), arguments.file.read_bytes()))
    print(json.dumps({"file": str(arguments.file), **told(found)}))


async def _verify(config: Config, data: bytes) -> Verification:
    own = known_certificate(config.data_dir)
    async with _database(config) as database:
        return await verify(data, database, [own] if own else [])


@asynccontextmanager
async def _database(config: Config) -> AsyncIterator[Database | None]:
    """None where there is none, or none of this version: what the file itself says still counts."""
    if _is_absent(config.database_url):
        yield None
        return
    try:
        database = await open_database(config.database_url, checkpoints=False)
    except (FiveSquaresError, OSError):
        yield None
        return
    try:
        yield database
    finally:
        await database.close()


def _is_absent(url: str) -> bool:
    """Whether it is a file that opening would make."""
    file = url.removeprefix(SQLITE)
    return file != url and not Path(file).exists()


def told(found: Verification) -> dict[str, Any]:
    """As plain data."""
    manifest: dict[str, Any] = {"found": "none"}
    if found.manifest is not None:
        manifest = {
            "found": found.manifest.standing.value, "signer": found.manifest.signer,
            "made_by_ai": found.manifest.made_by_ai, "parents": found.manifest.parents,
            "told": dict(found.manifest.told),
        }  # fmt: skip
    registry: dict[str, Any] = {"found": "none" if found.asked else "not asked"}
    if found.match is not None:
        image = found.match.image
        registry = {
            "found": "exact" if found.match.exact else "alike", "bits": found.match.bits,
            "picture": image.number, "at": image.created_at.isoformat(),
        }  # fmt: skip
    return {"made_here": found.made_here, "manifest": manifest, "registry": registry}
