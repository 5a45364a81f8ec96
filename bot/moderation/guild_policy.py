"""The prompt policy of one server: the installation's, as the server's moderators changed it.

Knows no Discord; what a server chose lies in the database.
"""

from bot.moderation import figures
from bot.policy import ALWAYS_BLOCKED, CATEGORY_NAMES, AutoModRule, Choices, Policy
from bot.services import Services
from config import Action
from db import guilds
from db.engine import Session
from db.errors import FiveSquaresError
from db.flag_tables import Guild


class AlwaysBlocked(FiveSquaresError):
    """Sexual content involving minors is refused everywhere, and nothing can change that."""


Spared = frozenset[int] | None
"""The roles and channels of a request, which an AutoMod rule may spare; None: all rules do."""


async def policy_of(
    services: Services, session: Session, guild_id: int | None, spared: Spared = frozenset()
) -> Policy:
    """The policy that holds in the server for a request, or outside of all servers."""
    if guild_id is None:
        return services.policy
    guild = await guilds.get(session, guild_id)
    known = set(CATEGORY_NAMES) - ALWAYS_BLOCKED
    actions = sorted(item for item in guild.actions.items() if item[0] in known)
    people = await figures.changed(session, guild_id)
    automod = () if spared is None else tuple(r for r in own_rules(guild) if not r.spares & spared)
    choices = Choices(tuple(actions), frozenset(people.added), frozenset(people.spared), automod)
    return services.policy.adapted(choices)


def own_rules(guild: Guild) -> list[AutoModRule]:
    """The server's AutoMod rules as they were copied last."""
    return [
        AutoModRule(
            row["name"],
            row["action"],
            tuple(row["keywords"]),
            tuple(row["patterns"]),
            tuple(row["allowed"]),
            frozenset(row["spares"]),
        )
        for row in guild.automod.get("rules", ())
    ]


async def set_action(
    services: Services, guild_id: int, category: str, action: Action | None
) -> Policy:
    """Notes what is to happen to a category's prompts in the server. Raises AlwaysBlocked."""
    if category in ALWAYS_BLOCKED:
        raise AlwaysBlocked
    async with services.database.write() as session:
        await guilds.set_action(session, guild_id, category, action)
        return await policy_of(services, session, guild_id)
