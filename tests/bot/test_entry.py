"""Coming in: the rules before the first picture, testers, the waiting list, and their letters."""

import discord
import pytest
from simcord.actors import MemberActor

from bot.post import Post
from db import admissions, guilds, letters
from db.flag_tables import Access
from tests.bot.moderation.casework import REFUSED
from tests.bot.studio import Studio, answer_of, buttons_of, painted, text_of
from tests.bot.test_imagine import flags_in


@pytest.fixture
def newcomer(studio: Studio) -> MemberActor:
    """A member who has accepted nothing yet."""
    return studio.guild.add_member(studio.env.create_user("newcomer"))


async def open_to(studio: Studio, access: Access) -> None:
    async with studio.services.database.write() as session:
        await guilds.choose(session, studio.guild.id, access=access)


async def post(studio: Studio) -> None:
    await Post(studio.bot, studio.services, [studio.moderator.id]).send_once()


def letters_to(member: MemberActor) -> list[str]:
    return [m.content for m in member.user.dm_channel.history()]


async def test_the_rules_come_before_the_first_picture_and_the_request_goes_on(
    studio: Studio, newcomer: MemberActor
) -> None:
    shown = await studio.imagine("a blue ball", newcomer, images=2, seed=5)
    text = text_of(shown.response)
    assert shown.ephemeral and "You own what you make, to use commercially" in text
    assert "illegal activity" in text
    assert studio.channel.history() == []

    await studio.restart()
    await newcomer.click(shown.response, label="Accept and go on · 1🪙")
    job = await studio.job()
    assert (job.user_id, job.params["prompt"]) == (newcomer.id, "a blue ball")
    assert (job.params["images"], job.params["seed"]) == (2, 5)
    [message] = studio.channel.history()
    assert job.message_id == message.id
    assert await studio.balance(newcomer) == 49

    assert text_of(shown.response).startswith("✅ Thank you for accepting the rules")
    assert text_of(shown.response).endswith("shows them again.")  # it may be refused yet
    assert buttons_of(shown.response) == []
    again = await studio.forge("accept:1", newcomer, plain=True)
    assert "already on its way" in text_of(answer_of(again))
    assert await studio.balance(newcomer) == 49
    assert not (await studio.imagine("a red cube", newcomer)).ephemeral


async def test_a_request_that_waited_is_refused_under_its_own_name(
    studio: Studio, newcomer: MemberActor
) -> None:
    shown = await studio.imagine(REFUSED, newcomer)
    assert await flags_in(studio) == []
    await newcomer.click(shown.response, label="Accept and go on · 1🪙")
    [flag] = await flags_in(studio)
    assert (flag.prompt, flag.command) == (REFUSED, "/imagine")


async def test_an_edit_goes_on_with_its_mask(studio: Studio, newcomer: MemberActor) -> None:
    photo = ("photo.png", painted(48))
    begun = await newcomer.slash(studio.channel, "edit", prompt="a red cube", image=photo)
    panel = begun.response
    await newcomer.click(panel, label="↖️")
    shown = await newcomer.click(panel, label="Paint it · 1🪙")
    await newcomer.click(answer_of(shown), label="Accept and go on · 1🪙")
    job = await studio.job()
    assert job.params["mask"] and job.user_id == newcomer.id
    again = await studio.forge("paint:1:1", newcomer)
    assert "already on its way" in text_of(answer_of(again))


async def test_a_request_is_not_kept_for_ever(studio: Studio, newcomer: MemberActor) -> None:
    shown = await studio.imagine(member=newcomer)
    studio.clock.advance(admissions.KEPT.total_seconds())
    late = await newcomer.click(shown.response, label="Accept and go on · 1🪙")
    assert "Now ask for pictures" in text_of(late.response)
    assert studio.channel.history() == []
    assert not (await studio.imagine(member=newcomer)).ephemeral


async def test_only_testers(studio: Studio) -> None:
    await open_to(studio, Access.testers)
    refused = await studio.imagine()
    assert "Only invited testers" in text_of(refused.response)
    join = await studio.alice.slash(studio.channel, "waitlist join")
    assert "There is no waiting list" in text_of(join.response)

    await studio.moderator.slash(studio.channel, "waitlist admit", member=studio.alice)
    assert not (await studio.imagine()).ephemeral
    assert (await studio.imagine(member=studio.bob)).ephemeral


async def test_from_the_list_into_the_server(studio: Studio) -> None:
    await open_to(studio, Access.waitlist)
    refused = await studio.imagine()
    assert "`/waitlist join`" in text_of(refused.response)
    first = await studio.alice.slash(studio.channel, "waitlist join")
    assert "you are the next" in text_of(first.response)
    studio.clock.advance(60)
    second = await studio.bob.slash(studio.channel, "waitlist join")
    assert "1 member before you" in text_of(second.response)

    let_in = await studio.moderator.slash(studio.channel, "waitlist admit", number=1)
    assert text_of(let_in.response).startswith(f"Let in: <@{studio.alice.id}>. Each gets")
    await post(studio)
    await post(studio)
    assert letters_to(studio.alice) == [
        "You can make pictures in **Studio** now. Type `/imagine` there."
    ]
    assert letters_to(studio.bob) == []
    assert not (await studio.imagine()).ephemeral
    inside = await studio.alice.slash(studio.channel, "waitlist join")
    assert "already" in text_of(inside.response)


async def test_moderators_see_the_list_and_let_in_by_name(studio: Studio) -> None:
    await open_to(studio, Access.waitlist)
    await studio.alice.slash(studio.channel, "waitlist join")
    shown = await studio.moderator.slash(studio.channel, "waitlist admit")
    assert "1 member waiting, 0 let in." in text_of(shown.response)
    assert f"Next: <@{studio.alice.id}>" in text_of(shown.response)
    chosen = await studio.moderator.select(shown.response, [studio.bob, studio.alice])
    assert f"<@{studio.bob.id}>" in text_of(chosen.response)
    assert not (await studio.imagine(member=studio.bob)).ephemeral
    again = await studio.moderator.select(shown.response, [studio.bob])
    assert "nobody new" in text_of(again.response)


async def test_only_moderators_let_in(studio: Studio) -> None:
    await open_to(studio, Access.waitlist)
    refused = await studio.alice.slash(studio.channel, "waitlist admit", member=studio.alice)
    assert "Only members who may manage messages" in text_of(refused.response)
    assert (await studio.imagine()).ephemeral


async def test_opening_needs_no_restart(studio: Studio) -> None:
    await open_to(studio, Access.testers)
    assert (await studio.imagine()).ephemeral
    await open_to(studio, Access.open)
    assert not (await studio.imagine()).ephemeral


@pytest.mark.parametrize(
    ("path", "status"), [("/channels/*/messages", 403), ("/users/@me/channels", 400)]
)
async def test_a_letter_that_is_not_taken_does_not_stop_the_others(
    studio: Studio, path: str, status: int
) -> None:
    studio.env.inject_error("POST", path, status=status, code=50007)
    async with studio.services.database.write() as session:
        for reader in (12345, studio.alice.id, studio.bob.id, None):
            await letters.write(session, reader, "Hello", studio.clock())
    await post(studio)
    assert letters_to(studio.bob) == ["Hello"]
    assert letters_to(studio.moderator) == ["Hello"]
    async with studio.services.database.read() as session:
        assert await letters.unsent(session, 10) == []


async def test_a_letter_waits_while_discord_is_ill(studio: Studio) -> None:
    async with studio.services.database.write() as session:
        await letters.write(session, studio.alice.id, "Hello", studio.clock())
    studio.env.inject_error("POST", "/channels/*/messages", status=503, times=6)
    with pytest.raises(discord.HTTPException):
        await post(studio)
    studio.env.backend.faults.clear()
    await post(studio)
    assert letters_to(studio.alice) == ["Hello"]


async def test_bots_are_not_let_in(studio: Studio) -> None:
    robot = studio.guild.add_member(studio.env.create_user("robot", bot=True))
    refused = await studio.moderator.slash(studio.channel, "waitlist admit", member=robot)
    assert "Other bots can't make pictures" in text_of(refused.response)
    async with studio.services.database.read() as session:
        assert await letters.unsent(session, 10) == []
