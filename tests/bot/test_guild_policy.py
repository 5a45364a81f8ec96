"""What moderators change of the policy for their own server, by command."""

import pytest

from bot.policy import Choices, Policy
from db import guilds
from db.engine import Database
from tests.bot.studio import Said, Studio, text_of

REFUSED = "a crate of contraband"
PASSED = "a smuggler at sea"


async def mod(studio: Studio, command: str, **options: object) -> Said:
    """The answer to a moderator's command, for them alone."""
    result = await studio.moderator.slash(studio.channel, command, **options)
    assert result.ephemeral
    message = result.followups[-1] if result.followups else result.response
    assert message is not None
    return message


async def test_a_category_is_loosened_and_tightened_in_one_server(studio: Studio) -> None:
    assert (await studio.imagine(REFUSED)).ephemeral
    shown = text_of(await mod(studio, "mod policy set", category="illegal", action="allow"))
    assert "**illegal activity**: ✅ allowed (chosen here)" in shown
    assert not (await studio.imagine(REFUSED)).ephemeral

    await mod(studio, "mod policy set", category="illegal", action="block")
    assert (await studio.imagine(PASSED)).ephemeral
    tried = text_of(await mod(studio, "mod rules test", prompt=PASSED))
    assert "🔴 refused" in tried

    await mod(studio, "mod policy set", category="illegal", action="default")
    assert "chosen here" not in text_of(await mod(studio, "mod policy show"))
    assert not (await studio.imagine(PASSED)).ephemeral
    assert studio.services.policy.actions == {}


async def test_minors_are_protected_whatever_is_chosen(studio: Studio) -> None:
    for action in ("flag", "allow", "default"):
        answer = await mod(studio, "mod policy set", category="sexual_minors", action=action)
        assert "refused everywhere" in text_of(answer)
    async with studio.services.database.write() as session:
        await guilds.set_action(session, studio.guild.id, "sexual_minors", "allow")
        await guilds.set_action(session, studio.guild.id, "a category of old", "allow")
    assert "always refused" in text_of(await mod(studio, "mod policy show"))


@pytest.mark.parametrize("command", ["mod policy show", "mod policy set"])
async def test_only_moderators_choose(studio: Studio, command: str) -> None:
    for known in studio.env.backend.commands[None].values():
        known["default_member_permissions"] = None
    options = {"category": "illegal", "action": "allow"} if command.endswith("set") else {}
    result = await studio.bob.slash(studio.channel, command, **options)
    assert result.response is not None
    assert "Only members who may manage messages" in text_of(result.response)
    assert (await studio.imagine(REFUSED)).ephemeral


async def test_servers_choose_for_themselves(database: Database) -> None:
    async with database.write() as session:
        await guilds.set_action(session, 2, "hate", "flag")
        await guilds.set_action(session, 2, "spam", "allow")
        assert await guilds.set_action(session, 2, "hate", None) == {"spam": "allow"}
        await guilds.choose(session, 2, mod_channel_id=7)
    async with database.read() as session:
        assert (await guilds.get(session, 2)).actions == {"spam": "allow"}
        assert (await guilds.get(session, 3)).actions == {}


def test_a_policy_is_adapted_once(policy: Policy) -> None:
    lenient = Choices((("illegal", "allow"),))
    assert policy.adapted(lenient) is policy.adapted(Choices((("illegal", "allow"),)))
    assert policy.adapted(lenient).check(REFUSED).allowed and not policy.check(REFUSED).allowed
