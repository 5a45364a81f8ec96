"""What a check is given, and what it answers: plain data with one signature for all checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image

from config import Action

Act = Literal["block", "hold", "flag"]
"""Refuse; refuse until a moderator has looked; let through and tell the moderators."""
Stage = Literal["prompt", "upload", "joint", "output"]


@dataclass(frozen=True)
class Subject:
    """One job as the checks see it: before it is drawn with what its member brought, then with
    what was drawn.

    `prompt` is empty if moderators let it pass. `concerns` are the categories for which it was
    flagged and let through; `banned` the fingerprints that the server's moderators banned;
    `actions` what is chosen for a category, which is refused otherwise.
    """

    prompt: str
    stage: Literal["upload", "output"]
    pictures: Sequence[Image.Image] = ()
    concerns: frozenset[str] = frozenset()
    banned: frozenset[str] = frozenset()
    actions: Mapping[str, Action] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What a check found: in which category, by which rule, and in which picture if in one.

    `scores` is what it measured, for the moderators.
    """

    act: Act
    stage: Stage
    category: str
    rule: str
    picture: int | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


Check = Callable[[Sequence[Subject]], Sequence[Finding | None]]
"""Looks at several jobs together; one answer each. What it raises fails the job: closed."""
