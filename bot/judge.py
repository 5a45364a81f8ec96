"""Whether a member may ask for this: blocks, the policy's verdict, and the case that it leaves.

Who asks, and where, is plain data here: nothing of Discord or of texts is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.moderation.guild_policy import Spared, policy_of
from bot.policy import ALWAYS_BLOCKED, Policy, Verdict
from bot.services import Services
from db import admissions, blocks, guilds, standing
from db.errors import FiveSquaresError
from db.flag_tables import Access
from db.flags import NewFlag


class Refused(FiveSquaresError):
    """The content policy doesn't allow that prompt. Nothing was charged."""

    def __init__(self, category: str | None, case: int, until: datetime | None = None) -> None:
        """`until`: how long the bot is closed to the member, if this was one too many."""
        super().__init__()
        self.category = category
        self.case = case
        self.until = until


class Blocked(FiveSquaresError):
    """You can't use this bot here at the moment. Nothing was charged."""

    def __init__(self, until: datetime | None, case: int | None) -> None:
        super().__init__()
        self.until = until
        self.case = case


class NotAdmitted(FiveSquaresError):
    """Only members who were let in can make pictures here for now. Nothing was charged."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self.access = access


class NotAccepted(FiveSquaresError):
    """Please ask for something in Discord first: it shows you the rules, to be accepted once."""

    def __init__(self, wish: int, cost: int) -> None:
        super().__init__()
        self.wish = wish
        self.cost = cost


class WrongChannel(FiveSquaresError):
    """Pictures are made in other channels of this server. Nothing was charged."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.channels = channels


@dataclass(frozen=True)
class Origin:
    """Who asks, where and how; the source message and custom_id belong to a button.

    A thread lies in the channel above it; `manages` says whether the member manages the server.
    """

    user_id: int
    guild_id: int | None
    channel_id: int
    request_id: str
    source_message_id: int | None = None
    custom_id: str | None = None
    private: bool = False
    command: str = ""
    role_ids: frozenset[int] = frozenset()
    above_id: int | None = None
    manages: bool = False

    def spared(self) -> Spared:
        """What a server's own AutoMod may spare: roles and channels; None for everything."""
        if self.manages:
            return None
        return self.role_ids | {self.channel_id, self.above_id or 0}


async def check_may_ask(services: Services, user_id: int, guild_id: int | None) -> None:
    """Raises Blocked or NotAdmitted for a member who may not ask for anything in the server."""
    database = services.database
    async with database.read() as session:
        now = await database.now(session)
        if block := await blocks.active(session, user_id, guild_id, now):
            raise Blocked(block.until, block.flag_id)
        if access := await admissions.barrier(session, guild_id, user_id):
            raise NotAdmitted(access)


async def judge(services: Services, origin: Origin, *prompts: str) -> list[int]:
    """Lets a request with these words, or with none, go on or not; the numbers of its cases.

    What it writes is a transaction of its own. Raises Refused.
    """
    policy = await _policy(services, origin)
    found = [
        await _judge(services, policy.check(prompt), prompt, origin) for prompt in prompts if prompt
    ]
    return [case for case in found if case is not None]


async def refuse(services: Services, origin: Origin, prompt: str) -> None:
    """Raises Refused as `judge` would; what passes is noted only there, when it is asked for."""
    verdict = (await _policy(services, origin)).check(prompt)
    if not verdict.allowed:
        await _judge(services, verdict, prompt, origin)


async def _policy(services: Services, origin: Origin) -> Policy:
    async with services.database.read() as session:
        return await policy_of(services, session, origin.guild_id, origin.spared())


async def _judge(services: Services, verdict: Verdict, prompt: str, origin: Origin) -> int | None:
    if verdict.action == "allow":
        return None
    async with services.database.write() as session:
        now = await services.database.now(session)
        excusable = verdict.category not in ALWAYS_BLOCKED
        if excusable and await guilds.is_allowed(session, origin.guild_id, verdict.normalised):
            return None
        flag = await standing.record(session, _flag(verdict, prompt, origin), now)
        block = await blocks.active(session, origin.user_id, origin.guild_id, now)
    if not verdict.allowed:
        raise Refused(verdict.category, flag.id, block.until if block else None)
    return flag.id


def _flag(verdict: Verdict, prompt: str, origin: Origin) -> NewFlag:
    return NewFlag(
        user_id=origin.user_id,
        guild_id=origin.guild_id,
        channel_id=origin.channel_id,
        stage="prompt",
        category=verdict.category,
        rule=verdict.rule,
        span=verdict.span,
        prompt=prompt,
        action=verdict.action,
        normalised=verdict.normalised,
        command=origin.command,
        points=points(verdict, prompt),
    )


def points(verdict: Verdict, prompt: str) -> int:
    """How heavy a verdict weighs: what passed not at all, a single word lightly."""
    if verdict.category in ALWAYS_BLOCKED:
        return 6
    if verdict.allowed:
        return 0
    matched = prompt[slice(*verdict.span)] if verdict.span else ""
    return 2 if " " in matched else 1
