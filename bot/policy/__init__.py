"""What may be asked for: rules as data, and one `check` that gives a verdict on a prompt.

Knows no Discord and does no I/O beyond reading its rule files, so any front door may use it.
"""

from bot.policy.automod import AutoModRule
from bot.policy.policy import Choices, Finding, Policy
from bot.policy.rules import RuleError
from bot.policy.verdict import ALWAYS_BLOCKED, CATEGORY_NAMES, PICTURE_CATEGORIES, Verdict

__all__ = [
    "ALWAYS_BLOCKED", "CATEGORY_NAMES", "PICTURE_CATEGORIES", "AutoModRule", "Choices", "Finding",
    "Policy", "RuleError", "Verdict",
]  # fmt: skip
