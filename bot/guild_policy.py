"""The prompt policy of one server: the installation's, as the server's moderators changed it.

Knows no Discord; what a server chose lies in the database.
"""

from bot import figures
from bot.policy import ALWAYS_BLOCKED, CATEGORY_NAMES, Choices, Policy
from bot.services import Services
from config import Action
from db import guilds
from db.engine import Session
from db.errors import FiveSquaresError


class AlwaysBlocked(FiveSquaresError):
    """Sexual content involving minors is refused everywhere, and nothing can change that."""


async def policy_of(services: Services, session: Session, guild_id: int | None) -> Policy:
    """The policy that holds in the server, or outside of all."""
    if guild_id is None:
        return services.policy
    guild = await guilds.get(session, guild_id)
    known = set(CATEGORY_NAMES) - ALWAYS_BLOCKED
    actions = sorted(item for item in guild.actions.items() if item[0] in known)
    people = await figures.changed(session, guild_id)
    choices = Choices(tuple(actions), frozenset(people.added), frozenset(people.spared))
    return services.policy.adapted(choices)


async def set_action(
    services: Services, guild_id: int, category: str, action: Action | None
) -> Policy:
    """Notes what is to happen to a category's prompts in the server. Raises AlwaysBlocked."""
    if category in ALWAYS_BLOCKED:
        raise AlwaysBlocked
    async with services.database.write() as session:
        await guilds.set_action(session, guild_id, category, action)
        return await policy_of(services, session, guild_id)
