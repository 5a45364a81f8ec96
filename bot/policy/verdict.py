"""What the policy says about a prompt, and the names of the categories it says it in.

Plain data: knows neither rules nor who asks.
"""

from dataclasses import dataclass

from config import Action

CATEGORY_NAMES = {
    "sexual_minors": "sexual content involving minors",
    "sexual": "sexual content",
    "self_harm": "self-harm",
    "hate": "hate",
    "violence": "violence",
    "shocking": "shocking content",
    "illegal": "illegal activity",
    "harassment": "harassment",
    "deception": "deception",
    "political": "political influence",
    "figures": "public figures",
    "health": "public and personal health",
    "spam": "spam",
    "server": "something that this server's own rules exclude",
}
"""Every category in plain words. The first one of those that a prompt breaks is named."""

PICTURE_CATEGORIES = {
    "faces": "a real person's face",
    "banned": "a picture that moderators banned",
}
"""What is looked for in pictures only; the worker does that."""

ALWAYS_BLOCKED = frozenset({"sexual_minors"})
"""No setting and no rule lets these through."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one prompt.

    `span` counts the prompt's characters as Python does, end exclusive; `normalised` is the
    prompt as it was read, words apart by one space. Without a finding, or if its category is
    allowed, `category`, `rule` and `span` are None.
    """

    allowed: bool
    action: Action
    category: str | None
    rule: str | None
    span: tuple[int, int] | None
    normalised: str
