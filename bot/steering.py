"""Whether the prompt of a request gets words added for people it leaves open, and which.

Knows no Discord. How a prompt is read and where words go is the policy's.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.judge import Origin
from bot.moderation.guild_policy import policy_of
from bot.policy import Policy, steering
from bot.request import Request
from bot.services import Services
from db import guilds
from db.engine import Session
from db.tables import Operation

log = logging.getLogger(__name__)


async def steer(
    services: Services,
    session: Session,
    request: Request,
    origin: Origin,
    card: Mapping[str, Any] | None,
) -> Request:
    """The request, with a prompt for each picture where words were added.

    Not for a model that knows only the words it was taught, nor where a server has it off.
    """
    shares = services.config.steering.shares()
    if request.operation != Operation.text_to_image or _taught(card) or not any(shares):
        return request
    if origin.guild_id is not None and not (await guilds.get(session, origin.guild_id)).steering:
        return request
    policy = await policy_of(services, session, origin.guild_id, origin.spared())
    assert request.seed is not None
    prompts = [
        _steered(policy, request.prompt, request.seed + n, shares) for n in range(request.images)
    ]
    if all(prompt == request.prompt for prompt in prompts):
        return request
    log.info("request %s was steered", origin.request_id)
    return replace(request, steered=prompts)


def _taught(card: Mapping[str, Any] | None) -> bool:
    """Whether a model knows only the words it was taught, or hasn't said yet."""
    return card is None or bool(card.get("vocabulary"))


def _steered(policy: Policy, prompt: str, seed: int, shares: steering.Shares) -> str:
    """The prompt with words added, unless the policy says something else of it then."""
    fuller = steering.steered(prompt, seed, shares)
    same = policy.check(fuller).rule == policy.check(prompt).rule
    return fuller if same else prompt
