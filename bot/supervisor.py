"""Keeps a worker process for each device alive beside the bot, and ends them with the bot.

Knows no Discord and nothing of what a worker does. A worker's standard input is a pipe
that only this process holds: when the bot ends, by whatever way, the worker reads its end
and leaves.
"""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine, Sequence
from typing import Any

from config import UNUSABLE

log = logging.getLogger(__name__)

WORKER = (sys.executable, "-m", "inference", "--exit-with-parent")
DEVICES = (sys.executable, "-m", "inference", "devices")


class Supervisor:
    """Runs one child process and starts it again whenever it ends, ever more slowly.

    One that ends as UNUSABLE is not started again: a person has to mend what it said.

    `pauses` are the seconds before each new start; a child that lived for `healthy` seconds
    begins again at the first. `grace` is what a child gets to leave by itself.
    """

    def __init__(
        self,
        command: Sequence[str] = WORKER,
        *,
        pauses: Sequence[float] = (1, 2, 4, 8, 15, 30),
        healthy: float = 60,
        grace: float = 3,
    ) -> None:
        self.command = command
        self.pauses = pauses
        self.healthy = healthy
        self.grace = grace

    async def run(self) -> None:
        """Runs until cancelled; then the child is gone, at the latest `grace` seconds later."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            started = loop.time()
            code = await self._live()
            if code == UNUSABLE:
                log.error("the worker can't serve; mend what it says above, then start again")
                await _for_ever()
            if loop.time() - started >= self.healthy:
                failures = 0
            pause = self.pauses[min(failures, len(self.pauses) - 1)]
            failures += 1
            log.warning("the worker ended with code %s; starting it again in %g s", code, pause)
            await asyncio.sleep(pause)

    async def _live(self) -> int:
        """One life of the child: its exit code, negative for a signal."""
        # A session of its own, so that Ctrl-C in the terminal reaches it only through us.
        child = await asyncio.create_subprocess_exec(
            *self.command, stdin=PIPE, start_new_session=True
        )
        try:
            return await child.wait()
        finally:
            await asyncio.shield(self._end(child))

    async def _end(self, child: Process) -> None:
        """Closes the pipe, waits for the child to leave, and kills one that stays."""
        assert child.stdin is not None
        child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), self.grace)
        except TimeoutError:
            log.warning("the worker did not leave within %g s and is killed", self.grace)
            child.kill()
            await child.wait()


async def keep_workers(
    device: str, command: Sequence[str] = WORKER, listing: Sequence[str] = DEVICES
) -> None:
    """A worker on the device of the settings, or on every one there is where they say "auto"."""
    parts = [Supervisor(command).run()]
    if device == "auto":
        parts.append(_keep_further(command, listing))
    await together(*parts)


async def _keep_further(command: Sequence[str], listing: Sequence[str]) -> None:
    """Workers on all devices but the first, which the first worker takes by itself."""
    child = await asyncio.create_subprocess_exec(*listing, stdout=PIPE, start_new_session=True)
    try:
        names = (await child.communicate())[0].decode().split()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    further = [Supervisor((*command, "--device", name)).run() for name in names[1:]]
    await together(*further, _for_ever())


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """Runs the parts until the first one ends or fails; the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
