"""The slash commands, one concern a file. Each turns an interaction into plain data."""

from bot.cogs.credits import Credits
from bot.cogs.flags import Flags
from bot.cogs.help import Help
from bot.cogs.history import History
from bot.cogs.imagine import Imagine
from bot.cogs.mod import Mod
from bot.cogs.operations import Operations
from bot.cogs.privacy import Privacy
from bot.cogs.queue import Queue
from bot.cogs.report import Report
from bot.cogs.settings import Settings
from bot.cogs.setup import Setup
from bot.cogs.shop import Shop
from bot.cogs.stats import Stats
from bot.cogs.verify import Verify
from bot.cogs.waitlist import Waitlist
from bot.cogs.warnings import Warnings

COGS = (
    Imagine,
    Operations,
    History,
    Credits,
    Shop,
    Queue,
    Report,
    Flags,
    Mod,
    Warnings,
    Settings,
    Setup,
    Stats,
    Waitlist,
    Privacy,
    Verify,
    Help,
)

__all__ = ["COGS"]
