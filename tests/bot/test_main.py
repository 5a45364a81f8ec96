"""Starting: what can't start says so in one sentence; what started ends in time."""

import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from aiohttp import web

from bot.__main__ import CannotStart, main, open_discord
from bot.client import FiveSquares
from bot.services import Services
from config import Config, PolicyConfig
from tests.program import free_port, started

IDLE = "[inference]\nrun_worker = false\n"
Refused = Callable[[Config], str]


def refusal(folder: Path, config: str) -> str:
    """What a bot that can't start says last; it must say it and end with 1."""
    with started(folder, config) as bot:
        _, said = bot.communicate(timeout=60)
    assert bot.returncode == 1, said
    assert "Traceback" not in said
    return said.splitlines()[-1]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """The same without the two seconds that a process takes to start."""

    def refused(config: Config) -> str:
        monkeypatch.setattr("bot.__main__.load", lambda: config)
        monkeypatch.setattr(discord.utils, "setup_logging", lambda **_: None)
        assert main() == 1
        return capsys.readouterr().err.splitlines()[-1]

    return refused


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_typo_in_the_settings(tmp_path: Path):
    said = refusal(tmp_path, "databse_url = ''")
    assert said == (
        "Five Squares can't start. "
        "config.toml: databse_url is not a setting; did you mean database_url?"
    )


def test_a_category_that_is_none(tmp_path: Path, refused: Refused):
    policy = PolicyConfig({"violense": "flag"})
    assert "violense" in refused(Config(data_dir=tmp_path, policy=policy))


def test_a_data_folder_that_can_not_be_written(tmp_path: Path, refused: Refused):
    folder = tmp_path / "data"
    folder.write_text("in the way")
    said = refused(Config(data_dir=folder))
    assert said == f"Five Squares can't start. data_dir {folder} can't be written: File exists."


def test_a_database_from_a_newer_version(tmp_path: Path, refused: Refused):
    with sqlite3.connect(tmp_path / "fivesquares.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('from the future')")
    database.close()
    assert "newer" in refused(Config(data_dir=tmp_path))


def test_a_port_in_use(tmp_path: Path, taken: int):
    said = refusal(tmp_path, f"{IDLE}[local]\nport = {taken}")
    assert said.endswith(f"Port {taken} is in use; set another [local] port in config.toml.")


def test_a_database_that_does_not_answer(tmp_path: Path, refused: Refused):
    address = f"postgresql+asyncpg://me:secret@127.0.0.1:{free_port()}/art"
    said = refused(Config(data_dir=tmp_path, database_url=address))
    assert said.startswith("Five Squares can't start. The database can't be opened: ")
    assert "secret" not in said


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_time_and_without_a_word(tmp_path: Path, sent: signal.Signals):
    with started(tmp_path, f"{IDLE}[local]\nport = {free_port()}") as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline().startswith("Five Squares is open at http://127.0.0.1:")
        bot.send_signal(sent)
        out, said = bot.communicate(timeout=30)
    assert (bot.returncode, out) == (0, "")
    assert "Traceback" not in said


async def logging_in(services: Services, base: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Why a bot with a token can't log in to a Discord at that address."""
    monkeypatch.setattr(discord.http.Route, "BASE", base)
    config = replace(services.config, discord_token="not-a-token")
    services = replace(services, config=config)
    with pytest.raises(CannotStart) as error:
        async with open_discord(FiveSquares(services), services):
            pass
    return str(error.value)


async def test_a_wrong_token(services: Services, monkeypatch: pytest.MonkeyPatch):
    async def refuse(request: web.Request) -> web.Response:
        return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)

    application = web.Application()
    application.router.add_get("/users/@me", refuse)
    runner = web.AppRunner(application)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    said = await logging_in(services, f"http://127.0.0.1:{port}", monkeypatch)
    await runner.cleanup()
    assert said.startswith("Discord refuses DISCORD_TOKEN;")


async def test_no_discord(services: Services, monkeypatch: pytest.MonkeyPatch):
    said = await logging_in(services, f"http://127.0.0.1:{free_port()}", monkeypatch)
    assert said.startswith("Discord can't be reached: ")
