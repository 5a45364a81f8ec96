"""A server with three members and the real bot in it, on a real database and store."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord import Env
from simcord.actors import MemberActor
from simcord.backend import serializers

from bot.client import FiveSquares
from bot.policy import Policy
from bot.policy.rules import load
from bot.services import Services
from config import Config
from db.engine import open_database
from db.errors import FiveSquaresError
from db.store import open_store
from tests.bot.studio import FixedClock, Studio, Worker, accepted
from uploads import UnusableMask, UnusablePicture

RULES = """
category = "illegal"

[[rule]]
id = "illegal.contraband"
version = 1
reason = "is about goods that are not declared"
any = ["contraband"]
match = ["a crate of contraband"]
no_match = ["a crate"]

[[rule]]
id = "illegal.smuggler"
version = 1
action = "flag"
reason = "is about goods that are not declared"
any = ["smuggler"]
match = ["a smuggler"]
no_match = ["a sailor"]
"""


@pytest.fixture(autouse=True)
def attachments_as_at_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that components show are not listed as attachments; SimCord alone lists them."""
    payload = serializers.message_payload

    def as_at_discord(*args: Any, **options: Any) -> dict[str, Any]:
        told = dict(payload(*args, **options))
        laid_out = discord.MessageFlags._from_value(told["flags"]).components_v2
        return {**told, "attachments": []} if laid_out else told

    monkeypatch.setattr(serializers, "message_payload", as_at_discord)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """Two rules of our own, so that the shipped ones may change as they like."""
    folder = tmp_path / "rules" / "en"
    folder.mkdir(parents=True)
    (folder / "lists.toml").write_text("ordinary = []\n")
    (folder / "illegal.toml").write_text(RULES)
    return Policy(load(folder.parent))


@pytest.fixture
async def services(
    tmp_path: Path, sqlite_url: str, clock: FixedClock, policy: Policy
) -> AsyncIterator[Services]:
    config = Config(data_dir=tmp_path)
    database = await open_database(sqlite_url, checkpoints=True, clock=clock)
    yield Services(config, database, open_store(config.image_store), policy, clock)
    await database.close()


@pytest.fixture
def simcord_bot(services: Services) -> FiveSquares:
    return FiveSquares(services)


@pytest.fixture
async def studio(
    simcord_env: Env, simcord_bot: FiveSquares, services: Services, clock: FixedClock
) -> AsyncIterator[Studio]:
    """Everything, started. In the end no error is left that members would not be told."""
    env = simcord_env
    env.settle_timeout = 60  # a busy machine takes its time
    guild = env.create_guild("Studio")
    channel = guild.create_text_channel("pictures")
    alice = guild.add_member(env.create_user("alice"))
    bob = guild.add_member(env.create_user("bob"))
    powers = discord.Permissions(manage_messages=True)
    role = guild.create_role("Moderators", permissions=powers)
    moderator = guild.add_member(env.create_user("moderator"), roles=[role])
    await accepted(services, alice.id, bob.id, moderator.id)
    worker = Worker(services, clock)
    await worker.start()
    studio = Studio(
        env, simcord_bot, services, clock, worker, guild, channel, alice, bob, moderator
    )
    yield studio
    unusable = (UnusablePicture, UnusableMask)
    told = (FiveSquaresError, *unusable, app_commands.CheckFailure, *studio.expected)
    causes = [getattr(error, "original", error) for error in env.errors]
    assert [error for error in causes if not isinstance(error, told)] == []


@pytest.fixture
def manager(studio: Studio) -> MemberActor:
    """Who may manage the server."""
    powers = discord.Permissions(manage_guild=True)
    role = studio.guild.create_role("Managers", permissions=powers)
    return studio.guild.add_member(studio.env.create_user("manager"), roles=[role])
