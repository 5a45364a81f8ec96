"""`python -m inference`: the worker, or with a command one request without bot or database."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from config import UNUSABLE, Config, ConfigError
from db.engine import migrate, open_database
from db.errors import FiveSquaresError
from db.store import open_store
from inference import commands, installing, verifying
from inference.backends.backend import NotServed
from inference.backends.opening import open_model
from inference.commands import UnusableArguments
from inference.errors import WeightsError
from inference.model import WEIGHTS
from inference.worker import Worker
from uploads import UnusableMask, UnusablePicture

log = logging.getLogger("inference")
INTERRUPTED = 130  # as shells tell of Ctrl-C


def main() -> int:
    """Returns the exit code, after one sentence that says what is wrong: UNUSABLE where a worker
    can't serve until a person helps, INTERRUPTED for a command, else 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    arguments = _arguments()
    try:
        if arguments.command:
            arguments.run(arguments)
        else:
            settings = commands.settings(arguments.device)
            asyncio.run(serve(settings, arguments.exit_with_parent))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED if arguments.command else 0
    except (NotServed, UnusableArguments, UnusableMask, UnusablePicture) as error:
        print(error, file=sys.stderr)
        return 1
    except (ConfigError, FiveSquaresError, OSError, WeightsError) as error:
        print(f"This can't go on. {error}", file=sys.stderr)
        lasting = isinstance(error, WeightsError) and not error.passing
        return UNUSABLE if lasting and not arguments.command else 1
    return 0


async def serve(config: Config, exit_with_parent: bool, weights: Path = WEIGHTS) -> None:
    """Runs the worker until a signal comes or, if asked, the parent's pipe closes."""
    backend = open_model(config, weights=weights)
    await migrate(config.database_url)
    database = await open_database(config.database_url, checkpoints=False)
    work = asyncio.create_task(
        Worker(config, database, open_store(config.image_store), backend).run()
    )
    ends = [work]
    if exit_with_parent:
        ends.append(asyncio.create_task(_parent_gone()))
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    log.info("worker ready: model %s", backend.card.name)
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if work in done:
            await work
    finally:
        for task in ends:
            task.cancel()
        await asyncio.wait(ends)
        await database.close()


async def _parent_gone() -> None:
    """Returns when standard input ends, which the parent holds open while it lives."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        with suppress(RuntimeError):  # the loop may have ended meanwhile
            loop.call_soon_threadsafe(gone.set)

    # A thread, since Windows can't wait for a pipe in the loop; a daemon, so that it delays no end.
    threading.Thread(target=read, daemon=True).start()
    await gone.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m inference", description=__doc__)
    parser.add_argument("--exit-with-parent", action="store_true")
    parser.add_argument("--device", help="as in config.toml, which it overrides")
    subparsers = parser.add_subparsers(dest="command")
    commands.add_to(subparsers)
    installing.add_to(subparsers)
    verifying.add_to(subparsers)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
