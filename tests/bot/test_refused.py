"""What the worker's checks refuse, from the neutral line to the moderators' word."""

from dataclasses import replace

import pytest
from simcord.results import InteractionResult

from bot.presenters.refused import why
from db import bans, guilds, images, queue
from db.flag_tables import Deed, Flag
from db.flags import NewFlag
from db.tables import Image, Job
from tests.bot.moderation.casework import case, deeds, fill, open_card, said
from tests.bot.studio import Studio, buttons_of, painted, pictures_of, text_of

UPLOAD = ("photo.png", painted(48, noise=True))


async def refuse(studio: Studio, private: bool = False, **changes: object) -> tuple[Job, Image]:
    """Alice begins with a picture; the worker finds something in it."""
    await studio.alice.slash(studio.channel, "variations", image=UPLOAD, private=private)
    [job] = await studio.worker.claim()
    async with studio.services.database.write() as session:
        source = await images.get(session, job.params["sources"][0])
        assert source is not None
        key = f"evidence/{source.sha256}.webp"
        await studio.services.store.put(key, painted())
        found = NewFlag(
            studio.alice.id, job.guild_id, job.channel_id, "upload", "faces", "face", None,
            "", "block", source.sha256, job_id=job.id, scores={"face": 1.0}, evidence_key=key,
        )  # fmt: skip
        new = replace(found, **changes)  # type: ignore[arg-type]
        assert await queue.reject(session, job.id, job.attempt, studio.clock(), new)
    await studio.delivery.deliver_once()
    return await studio.job(job.id), source


async def test_the_card_says_what_was_asked_for_without_words(studio: Studio) -> None:
    await refuse(studio)
    text = text_of(await open_card(studio))
    assert "· variation ·" in text and "There was no prompt." in text


async def ask_why(studio: Studio, job: Job) -> InteractionResult:
    assert job.message_id is not None
    return await studio.alice.click(studio.message(job.message_id), label="Why?")


async def test_the_message_is_neutral_and_why_answers_its_member_alone(studio: Studio) -> None:
    job, _ = await refuse(studio)
    assert job.message_id is not None
    message = studio.message(job.message_id)
    text = text_of(message)
    assert "was not carried out. Your credit was returned." in text
    assert "face" not in text and pictures_of(message) == []
    assert buttons_of(message) == ["Why?"]

    theirs = await studio.bob.click(message, label="Why?")
    assert theirs.ephemeral and "Only whoever asked" in text_of(said(theirs))
    moderators = await studio.moderator.click(message, label="Why?")
    assert moderators.ephemeral and buttons_of(said(moderators)) == ["Open"]
    opened = await studio.moderator.click(said(moderators), label="Open")
    assert "Case 1" in text_of(said(opened))
    mine = await ask_why(studio, job)
    assert mine.ephemeral and "real people's faces" in text_of(said(mine))
    assert "No credit was used." in text_of(said(mine))
    assert buttons_of(said(mine)) == ["Appeal"]
    assert await studio.balance() == 50


async def test_why_works_after_a_restart_and_leads_to_an_appeal(studio: Studio) -> None:
    job, _ = await refuse(studio)
    await studio.restart()
    form = await studio.alice.click(said(await ask_why(studio, job)), label="Appeal")
    await studio.alice.submit_modal(form, {"reason": "it is a statue"})
    assert (await case(studio)).appealed_at is not None
    assert "it is a statue" in text_of(await open_card(studio))
    assert buttons_of(said(await ask_why(studio, job))) == []  # appealed already

    await fill(studio, await open_card(studio), "Overturn", reason="a statue")
    mine = said(await ask_why(studio, job))
    assert "found it harmless" in text_of(mine) and buttons_of(mine) == []


async def test_what_was_asked_for_privately_is_appealed_by_direct_message(studio: Studio) -> None:
    await refuse(studio, private=True)
    alice = studio.alice.user
    [mail] = alice.dm_channel.history()
    answer = said(await alice.click(mail, label="Why?"))
    form = await alice.click(answer, label="Appeal")
    sent = await alice.submit_modal(form, {"reason": "it is a statue"})
    assert "goes to a moderator" in text_of(said(sent))
    assert "it is a statue" in text_of(await open_card(studio))


async def test_the_card_shows_the_picture_blurred_and_what_was_measured(studio: Studio) -> None:
    await refuse(studio)
    card = await open_card(studio)
    text = text_of(card)
    assert "Case 1 · a real person's face · refused" in text
    assert "found in an uploaded picture" in text
    assert "`face`: a face seen from the front" in text and "Measured: face 1.00" in text
    assert "Request 1, rejected: 1 credit returned" in text
    assert "Ban picture" in buttons_of(card)


@pytest.mark.parametrize("passes", [True, False])
async def test_a_picture_held_back_is_looked_at_and_its_member_hears(
    studio: Studio, passes: bool
) -> None:
    job, source = await refuse(studio, action="hold", scores={"face": 0.5})
    mine = text_of(said(await ask_why(studio, job)))
    assert "I can't tell; a moderator looks" in mine and "You hear from me" in mine

    card = await open_card(studio)
    assert "held back" in text_of(card)
    shown = await studio.moderator.click(card, label="Overturn")
    assert "'default': True" in str(shown.modal)
    await studio.moderator.submit_modal(shown, {"reason": "a moon", "tick": passes})
    async with studio.services.database.read() as session:
        assert await guilds.is_allowed(session, job.guild_id, source.sha256) == passes
    [message] = studio.alice.user.dm_channel.history()
    assert ("it is fine. Send it again." in message.content) == passes
    allowed = [Deed.allowed] if passes else []
    assert [deed for deed, _ in await deeds(studio)] == [Deed.overturned, *allowed]


async def test_a_tick_that_was_not_offered_lets_nothing_pass(studio: Studio) -> None:
    """The words of the case are gone, and with them what could be let pass."""
    await refuse(studio, action="hold", scores={"face": 0.5}, normalised="")
    shown = await studio.moderator.click(await open_card(studio), label="Overturn")
    assert "tick" not in str(shown.modal)
    await studio.moderator.submit_modal(shown, {"reason": "a moon"})
    [message] = studio.alice.user.dm_channel.history()
    assert "counts for nothing, but it is still not used here" in message.content


async def test_the_same_file_is_known_again(studio: Studio) -> None:
    _, first = await refuse(studio)
    _, second = await refuse(studio)
    assert first.id != second.id
    assert (first.sha256, first.fingerprint) == (second.sha256, second.fingerprint)
    assert (await case(studio)).tries == 2
    assert (await studio.job(2)).result == {"case": 1}


async def test_a_ban_from_the_card_takes_back_what_was_allowed(studio: Studio) -> None:
    job, source = await refuse(studio)
    card = await open_card(studio)
    await fill(studio, card, "Overturn", reason="", tick=True)
    await fill(studio, await open_card(studio), "Ban picture", reason="not here")
    assert source.fingerprint
    async with studio.services.database.read() as session:
        assert await bans.of_guild(session, job.guild_id) == [source.fingerprint]
        assert not await guilds.is_allowed(session, job.guild_id, source.sha256)
    assert (await deeds(studio))[-1] == (Deed.picture_banned, "not here")


async def test_a_case_without_a_picture_has_nothing_to_ban(studio: Studio) -> None:
    await refuse(studio, stage="output", category="sexual", rule="classifier", normalised="")
    result = await fill(studio, await open_card(studio), "Ban picture", reason="")
    assert "no picture in this case to know again" in text_of(said(result))


async def test_bans_by_command(studio: Studio) -> None:
    async def use(command: str, data: bytes) -> str:
        upload = ("copy.png", data)
        result = await studio.moderator.slash(studio.channel, command, image=upload)
        assert result.ephemeral
        return text_of(said(result))

    assert "Banned:" in await use("mod picture ban", UPLOAD[1])
    assert "banned already" in await use("mod picture ban", UPLOAD[1])
    assert "used here again" in await use("mod picture unban", UPLOAD[1])
    assert "No such picture" in await use("mod picture unban", UPLOAD[1])
    assert "single colour" in await use("mod picture ban", painted())
    assert "no PNG, JPEG or WebP" in await use("mod picture ban", b"nonsense")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"category": "banned"}, "Moderators of this server have banned"),
        ({"category": "sexual"}, "Your picture reads as sexual content."),
        ({"stage": "joint", "category": "deception"}, "together read as deception"),
        ({"stage": "output", "category": "shocking"}, "What came out reads as shocking"),
        ({"stage": "prompt", "category": "hate"}, "it reads as hate"),
    ],
)
def test_why_names_the_category_in_plain_words(changes: dict[str, str], words: str) -> None:
    told = {"stage": "upload", "category": "faces", "action": "block", "prompt": "secret"}
    text = why(Flag(**told | changes))
    assert words in text and "secret" not in text
    assert "No credit was used." in text or "Nothing was charged." in text
    assert "Appeal" in text
