"""The buttons of a job's message: what they make, who may press them, and how long they live."""

import pytest

from db import images, jobs
from db.tables import Operation, State
from tests.bot.studio import ALONE, Studio, buttons_of, grid, pictures_of, text_of


async def test_u_shows_one_picture_alone(studio: Studio) -> None:
    message = await studio.finished(seed=7)
    result = await studio.bob.click(message, label="U3")

    [alone] = result.followups
    assert not alone.ephemeral
    assert "`#1-3`" in text_of(alone)
    assert "seed `9`" in text_of(alone), "the seed that makes this one again"
    [address] = pictures_of(alone)
    assert address.endswith("/five-squares-1-3.png")
    assert buttons_of(alone) == ALONE
    assert await studio.balance(studio.bob) == 0  # it is free: bob has no wallet yet


async def test_v_makes_three_variations_and_whoever_clicks_pays(studio: Studio) -> None:
    message = await studio.finished("a red cube")
    result = await studio.bob.click(message, label="V2 · 1🪙")

    job = await studio.job(2)
    async with studio.services.database.read() as session:
        second = (await images.of_job(session, 1))[1]
    assert job.operation == Operation.variation
    assert (job.params["sources"], job.params["images"]) == ([second.id], 3)
    assert (job.user_id, job.message_id) == (studio.bob.id, result.response.id)
    assert "Variations of **a red cube**" in text_of(result.response)
    assert (await studio.balance(), await studio.balance(studio.bob)) == (49, 49)

    await studio.worker.work()
    await studio.delivery.deliver_once()
    varied = studio.message(result.response.id)
    assert len(pictures_of(varied)) == 3
    assert buttons_of(varied) == grid(3)


async def test_variations_of_a_picture_alone(studio: Studio) -> None:
    message = await studio.finished()
    [alone] = (await studio.alice.click(message, label="U4")).followups
    await studio.alice.click(alone, label="Variations · 1🪙")

    async with studio.services.database.read() as session:
        fourth = (await images.of_job(session, 1))[3]
    assert (await studio.job(2)).params["sources"] == [fourth.id]


async def test_again_takes_a_new_seed(studio: Studio) -> None:
    message = await studio.finished("a red cube", seed=7, images=2)
    await studio.alice.click(message, custom_id="again:1")

    params = (await studio.job(2)).params
    assert (params["prompt"], params["images"]) == ("a red cube", 2)
    assert params["seed"] != 7


async def test_again_of_variations_starts_from_the_same_picture(studio: Studio) -> None:
    message = await studio.finished()
    result = await studio.alice.click(message, label="V1 · 1🪙")
    await studio.worker.work()
    await studio.delivery.deliver_once()
    await studio.alice.click(studio.message(result.response.id), custom_id="again:2")

    first, second = await studio.job(2), await studio.job(3)
    assert second.operation == Operation.variation
    assert second.params["sources"] == first.params["sources"]


async def test_a_second_click_shows_the_first_ones_job(studio: Studio) -> None:
    message = await studio.finished()
    first = await studio.alice.click(message, label="V2 · 1🪙")
    second = await studio.alice.click(message, label="V2 · 1🪙")

    link = f"{studio.guild.id}/{studio.channel.id}/{first.response.id}"
    assert second.ephemeral
    assert link in text_of(second.response)
    assert await studio.balance() == 48
    async with studio.services.database.read() as session:
        assert len(await jobs.unfinished(session, studio.alice.id)) == 1


async def test_when_the_first_job_is_finished_a_click_makes_another(studio: Studio) -> None:
    message = await studio.finished()
    await studio.alice.click(message, label="V2 · 1🪙")
    await studio.worker.work()
    result = await studio.alice.click(message, label="V2 · 1🪙")

    assert not result.ephemeral
    assert await studio.balance() == 47


async def test_the_policy_is_asked_again_for_a_button(studio: Studio) -> None:
    """A prompt from before a rule was made is refused when it is run again."""
    message = await studio.finished("a red cube")
    async with studio.services.database.write() as session:
        job = await jobs.get(session, 1)
        job.params = {**job.params, "prompt": "a crate of contraband"}
    result = await studio.alice.click(message, custom_id="again:1")

    assert result.ephemeral
    assert "Nothing was charged" in text_of(result.response)


async def test_deleting_takes_the_message_and_the_pictures(studio: Studio) -> None:
    message = await studio.finished()
    [alone] = (await studio.alice.click(message, label="U1")).followups
    refused = await studio.bob.click(message, custom_id="del:1")
    assert refused.ephemeral and "Only whoever asked" in text_of(refused.response)

    await studio.alice.click(message, custom_id="del:1")
    async with studio.services.database.read() as session:
        assert not any(image.deleted_at for image in await images.of_job(session, 1)), "only asked"
    await studio.delete(message)

    async with studio.services.database.read() as session:
        assert all(image.deleted_at for image in await images.of_job(session, 1))
    gone = await studio.alice.click(alone, label="Variations · 1🪙")
    assert "That picture was deleted" in text_of(gone.response)
    await studio.sweep()
    assert studio.channel.history() == []
    assert await studio.balance() == 49


async def test_a_moderator_may_delete(studio: Studio) -> None:
    message = await studio.finished()
    await studio.delete(message, member=studio.moderator)
    await studio.sweep()

    assert studio.channel.history() == []


async def test_a_picture_alone_can_be_taken_away_and_stays_with_its_job(studio: Studio) -> None:
    message = await studio.finished()
    [alone] = (await studio.bob.click(message, label="U1")).followups
    assert (await studio.bob.click(alone, custom_id="rm:1")).ephemeral
    await studio.alice.click(alone, custom_id="rm:1")

    assert [m.id for m in studio.channel.history()] == [message.id]
    async with studio.services.database.read() as session:
        assert not any(image.deleted_at for image in await images.of_job(session, 1))


async def test_cancel_while_queued_returns_the_credit(studio: Studio) -> None:
    message = (await studio.imagine()).response
    await studio.alice.click(message, label="Cancel")

    assert "Cancelled. Your credit was returned." in text_of(studio.message(message.id))
    assert (await studio.job()).state == State.cancelled
    assert await studio.balance() == 50
    assert await studio.worker.claim() == []


async def test_cancel_while_running_returns_the_credit(studio: Studio) -> None:
    message = (await studio.imagine()).response
    [job] = await studio.worker.claim()
    await studio.worker.progress(job, 5)
    await studio.delivery.deliver_once()
    await studio.alice.click(studio.message(message.id), label="Cancel")
    await studio.delivery.deliver_once()

    shown = studio.message(message.id)
    assert "Cancelled" in text_of(shown) and pictures_of(shown) == []
    assert await studio.balance() == 50


async def test_another_members_cancel_does_nothing(studio: Studio) -> None:
    message = (await studio.imagine()).response
    result = await studio.bob.click(message, label="Cancel")

    assert result.ephemeral and "Only whoever asked" in text_of(result.response)
    assert (await studio.job()).state == State.queued


async def test_cancel_after_the_end_says_so(studio: Studio) -> None:
    message = (await studio.imagine()).response
    await studio.worker.work()
    result = await studio.alice.click(message, label="Cancel")

    assert result.ephemeral and "already finished" in text_of(result.response)
    assert await studio.balance() == 49


async def test_every_button_works_after_a_restart_and_on_old_messages(studio: Studio) -> None:
    message = await studio.finished()
    await studio.restart()
    studio.clock.advance(90 * 24 * 3600)

    [alone] = (await studio.alice.click(message, label="U1")).followups
    varied = await studio.alice.click(message, label="V1 · 1🪙")
    again = await studio.alice.click(message, custom_id="again:1")
    cancelled = await studio.alice.click(again.response, label="Cancel")

    assert buttons_of(alone) == ALONE
    assert not varied.ephemeral and cancelled.acknowledged
    assert (await studio.job(3)).state == State.cancelled
    await studio.delete(message)
    await studio.sweep()
    assert message.id not in [m.id for m in studio.channel.history()]


async def test_a_restart_between_click_and_result(studio: Studio) -> None:
    message = await studio.finished()
    result = await studio.alice.click(message, label="V3 · 1🪙")
    await studio.restart()
    await studio.worker.work()
    await studio.delivery.deliver_once()

    assert len(pictures_of(studio.message(result.response.id))) == 3


async def test_a_button_of_a_job_that_is_not_known(studio: Studio) -> None:
    message = await studio.finished()
    stored = studio.env.backend.get_message(studio.channel.id, message.id)
    for row in stored.components:
        for button in row.get("components", []):
            button["custom_id"] = button["custom_id"].replace(":1", ":999", 1)
    result = await studio.alice.click(message, custom_id="again:999")

    assert result.ephemeral and "don't know that request" in text_of(result.response)


async def test_a_picture_that_the_store_lost(studio: Studio) -> None:
    message = await studio.finished()
    async with studio.services.database.read() as session:
        for image in await images.of_job(session, 1):
            await studio.services.store.delete(image.signed_key)
    [answer] = (await studio.alice.click(message, label="U1")).followups

    assert answer.ephemeral and "no longer in the image store" in text_of(answer)


async def test_a_fault_of_ours_is_a_sentence_with_a_reference(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    message = await studio.finished("a very secret prompt")
    studio.env.inject_error("POST", "/webhooks/*", status=500)
    [answer] = (await studio.alice.click(message, label="U1")).followups

    reference = text_of(answer).split("`")[1]
    assert answer.ephemeral and "Something went wrong on our side" in text_of(answer)
    assert reference in caplog.text and "secret prompt" not in caplog.text
