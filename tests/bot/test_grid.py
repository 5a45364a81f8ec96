"""What stands below finished pictures beside U and V: other words, how they were made, keeping."""

import pytest

from db import images, jobs
from db.tables import Operation
from tests.bot.studio import Studio, painted, pictures_of, text_of


async def test_edit_prompt_holds_the_words_and_whoever_sends_others_pays(studio: Studio) -> None:
    message = await studio.finished("a red cube", seed=7, images=2)
    shown = await studio.bob.click(message, custom_id="prompt:1")
    assert shown.modal is not None
    assert shown.modal["title"] == "Edit the prompt · 1🪙" and "a red cube" in str(shown.modal)
    sent = await studio.bob.submit_modal(shown, {"prompt": "a blue ball"})

    job = await studio.job(2)
    assert (job.operation, job.user_id) == (Operation.text_to_image, studio.bob.id)
    assert (job.params["prompt"], job.params["images"]) == ("a blue ball", 2)
    assert job.params["seed"] != 7
    assert not sent.ephemeral and "**a blue ball**" in text_of(sent.response)
    assert await studio.balance(studio.bob) == 49


async def test_edited_words_are_checked_like_any(studio: Studio) -> None:
    message = await studio.finished()
    shown = await studio.alice.click(message, custom_id="prompt:1")
    sent = await studio.alice.submit_modal(shown, {"prompt": "a crate of contraband"})

    assert sent.ephemeral and "illegal activity" in text_of(sent.response)
    assert await studio.balance() == 49


async def test_info_can_be_copied_and_tells_where_it_comes_from(studio: Studio) -> None:
    message = await studio.finished("a `red` cube", seed=7, images=2)
    [varied] = [(await studio.alice.click(message, label="V2 · 1🪙")).response]
    await studio.worker.work()
    await studio.delivery.deliver_once()
    first = await studio.bob.click(message, custom_id="info:1")
    second = await studio.bob.click(studio.message(varied.id), custom_id="info:2")

    text = text_of(first.response)
    assert first.ephemeral
    assert "```\na ˋredˋ cube\n```" in text and "```\n7, 8\n```" in text
    assert "model `mini`" in text and "32×32" in text
    link = f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{message.id}"
    assert f"made from [picture 1-2]({link})" in text_of(second.response)


async def test_info_keeps_to_itself_what_a_member_brought(studio: Studio) -> None:
    upload = ("my-private-name.png", painted(40))
    await studio.alice.slash(studio.channel, "variations", image=upload)
    await studio.worker.work()
    await studio.delivery.deliver_once()
    [message] = studio.channel.history()
    text = text_of((await studio.bob.click(message, custom_id="info:1")).response)

    assert "made from a picture that a member brought" in text
    assert "my-private-name" not in text


async def test_save_sends_the_pictures_to_whoever_clicks(studio: Studio) -> None:
    message = await studio.finished(images=2)
    result = await studio.bob.click(message, custom_id="save:1")

    [sent] = studio.bob.user.dm_channel.history()
    assert result.ephemeral and "in your direct messages" in text_of(result.response)
    assert len(pictures_of(sent)) == 2 and "**a red cube**" in text_of(sent)
    assert str(message.id) in text_of(sent)


async def test_save_where_direct_messages_are_closed(studio: Studio) -> None:
    message = await studio.finished(images=1)
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    result = await studio.bob.click(message, custom_id="save:1")

    said = [m for m in (result.response, *result.followups) if m is not None]
    assert "can't send you direct messages" in text_of(said[-1])


@pytest.mark.parametrize("button", ["save:1", "prompt:1", "info:1"])
async def test_another_server_learns_nothing(studio: Studio, button: str) -> None:
    """A custom_id that was taken to another server names a job that is not known there."""
    message = await studio.finished()
    async with studio.services.database.write() as session:
        job = await jobs.get(session, 1)
        assert job is not None
        job.guild_id = 1
    result = await studio.bob.click(message, custom_id=button)

    assert result.ephemeral and "don't know that request" in text_of(result.response)


async def test_what_was_deleted_is_not_saved(studio: Studio) -> None:
    message = await studio.finished()
    async with studio.services.database.write() as session:
        await images.delete(session, 1, studio.clock())
    result = await studio.bob.click(message, custom_id="save:1")

    assert "don't know that request" in text_of(result.followups[0])
