"""What the parts of the bot share, built once by `main()` and passed in."""

from dataclasses import dataclass

from bot.policy import Policy
from config import Config
from db.engine import Clock, Database
from db.store import ImageStore


@dataclass(frozen=True)
class Services:
    """The settings, the two stores, the prompt policy and the clock (aware UTC)."""

    config: Config
    database: Database
    store: ImageStore
    policy: Policy
    clock: Clock
