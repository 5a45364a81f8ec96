"""What moderators change of the policy for their own server, by command."""

from dataclasses import replace

import pytest

from bot.moderation import figures
from bot.moderation.guild_policy import policy_of
from bot.policy import Choices, Policy
from bot.services import Services
from db import guilds
from db.engine import Database
from tests.bot.moderation.casework import PASSED, REFUSED, said
from tests.bot.studio import Said, Studio, text_of


@pytest.fixture(scope="module")
def shipped() -> Policy:
    """The policy with all its names."""
    return Policy.load()


async def mod(studio: Studio, command: str, **options: object) -> Said:
    """The answer to a moderator's command, for them alone."""
    result = await studio.moderator.slash(studio.channel, command, **options)
    assert result.ephemeral
    return said(result)


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


def test_an_adapted_policy_leaves_the_first_as_it_was(policy: Policy) -> None:
    lenient = Choices((("illegal", "allow"),))
    assert policy.adapted(lenient).check(REFUSED).allowed and not policy.check(REFUSED).allowed


async def test_people_are_added_and_removed_for_one_server(studio: Studio) -> None:
    named = "Lars Björn-Larsen's castle"
    assert not (await studio.imagine(named)).ephemeral
    added = await mod(studio, "mod figures add", name="Lars Bjorn Larsen")
    assert "Lars Bjorn Larsen" in text_of(added)
    refused = await studio.imagine(named)
    assert refused.ephemeral and "public figures" in text_of(refused.response)
    assert "already" in text_of(await mod(studio, "mod figures add", name="lars björn larsen"))
    shown = text_of(await mod(studio, "mod figures list", words="björn"))
    assert "**Added here:** Lars Bjorn Larsen" in shown and "1 name: Lars" in shown

    removed = await mod(studio, "mod figures remove", name="LARS BJORN LARSEN")
    assert "may be named here" in text_of(removed)
    assert not (await studio.imagine(named)).ephemeral
    nobody = await mod(studio, "mod figures remove", name="nobody at all")
    assert "not on the list" in text_of(nobody)


@pytest.mark.parametrize("name", ["the", "!!", "a"])
async def test_a_name_that_would_stop_everything_is_not_taken(studio: Studio, name: str) -> None:
    assert "full name" in text_of(await mod(studio, "mod figures add", name=name))


def test_a_listed_person_is_spared_under_every_name(shipped: Policy) -> None:
    spared = shipped.adapted(Choices(spared=frozenset({"Donald Trump"})))
    for prompt in ("Trump at sea", "Donald J. Trump at sea"):
        assert shipped.check(prompt).category == "figures"
        assert spared.check(prompt).allowed
    assert spared.check("Trump and Obama").category == "figures"


async def test_a_person_is_spared_and_protected_again(services: Services, shipped: Policy) -> None:
    services = replace(services, policy=shipped)
    assert await figures.spare(services, 2, "OBAMA", 7) == "Barack Obama"
    assert "Barack Obama" not in await figures.listed(services, 2, "obama")
    with pytest.raises(figures.NotListed):
        await figures.spare(services, 2, "Barack Hussein Obama", 7)
    async with services.database.read() as session:
        here, there = [await policy_of(services, session, guild) for guild in (2, 3)]
    assert here.check("a bust of Obama").allowed and not there.check("a bust of Obama").allowed
    assert await figures.protect(services, 2, "Obama", 7) == "Barack Obama"
    with pytest.raises(figures.AlreadyListed):
        await figures.protect(services, 2, "Barack Obama", 7)


async def test_names_are_offered_while_one_types(studio: Studio) -> None:
    await mod(studio, "mod figures add", name="Lars Larsen")
    offered = await studio.moderator.autocomplete(
        studio.channel, "mod figures remove", "name", "lars"
    )
    assert [choice["value"] for choice in offered] == ["Lars Larsen"]
