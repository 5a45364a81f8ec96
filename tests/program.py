"""`python -m bot` as a host starts it: in a folder, with its settings and no others."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
