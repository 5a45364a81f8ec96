"""What the parts of the bot share, built once by `main()` and passed in."""

from dataclasses import dataclass

from bot.policy import Policy
from bot.web.links import Links
from config import Config
from db.credits import Plan
from db.engine import Clock, Database
from db.store import ImageStore


@dataclass(frozen=True)
class Services:
    """The settings, the two stores, the prompt policy and the clock (aware UTC).

    `links` lead to the web pages; None where there are none.
    """

    config: Config
    database: Database
    store: ImageStore
    policy: Policy
    clock: Clock
    links: Links | None = None

    @property
    def plan(self) -> Plan:
        """The free credits that a new wallet begins with."""
        prices = self.config.credits
        return Plan(prices.first_month, prices.monthly)
