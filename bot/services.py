"""What the parts of the bot share, built once by `main()` and passed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.policy import Policy
from config import Config
from db.engine import Database
from db.store import ImageStore

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Services:
    """The settings, the two stores, the prompt policy and the clock (aware UTC)."""

    config: Config
    database: Database
    store: ImageStore
    policy: Policy
    clock: Clock
