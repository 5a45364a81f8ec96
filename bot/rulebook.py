"""Takes up rule files that changed while the bot runs; with a mistake in them the old rules stay.

Knows no rule and no Discord.
"""

import asyncio
import logging
from pathlib import Path

from bot.policy import Policy, RuleError
from bot.policy.rules import RULES, load
from bot.rounds import go_round

log = logging.getLogger(__name__)

PAUSE = 10.0
"""Seconds between two looks."""

Stamp = dict[Path, tuple[int, int]]


class RuleFiles:
    """The rule files as they were when a policy last took them."""

    def __init__(self, policy: Policy, folder: Path = RULES) -> None:
        self._policy = policy
        self._folder = folder
        self._seen = _stamp(folder)

    async def run(self) -> None:
        """Looks until cancelled."""
        await go_round(self.look_once, PAUSE, log, "the rule files could not be looked at")

    async def look_once(self) -> None:
        """Reads all files if one has changed. A mistake is told once, until they change again."""
        now = await asyncio.to_thread(_stamp, self._folder)
        if now == self._seen:
            return
        self._seen = now
        try:
            book = await asyncio.to_thread(load, self._folder)
        except RuleError as error:
            log.warning("the old rules stay: %s", error)
            return
        self._policy.take(book)
        log.info("%d rules were read anew", len(book.rules))


def _stamp(folder: Path) -> Stamp:
    """When each file was changed, and its size."""
    files = [path for path in folder.glob("*/*") if path.suffix in (".toml", ".txt")]
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}
