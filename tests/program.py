"""`python -m bot` as a host starts it: in a folder, with its settings and no others."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@contextmanager
def started(
    folder: Path, settings: str, *, stderr: int | None = subprocess.PIPE, **environ: str
) -> Iterator[subprocess.Popen[str]]:
    """Without a `stderr` what it says goes to the test's own."""
    (folder / "config.toml").write_text(settings)
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISCORD_TOKEN", "DATABASE_URL", "IMAGE_STORE")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bot"],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT)} | environ,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as bot:
        try:
            yield bot
        finally:
            bot.kill()


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


async def until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Returns when the condition, which may be a coroutine's, holds; fails after so long."""
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.01)
