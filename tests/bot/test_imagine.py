"""`/imagine` from the command to the pictures, and everything it refuses."""

import asyncio

import discord

from bot.judge import Origin
from bot.submit import Request, submit
from db import flags, jobs, queue
from db.flag_tables import Flag
from db.tables import Operation
from tests.bot.moderation.casework import REFUSED
from tests.bot.studio import CARD, Studio, buttons_of, grid, pictures_of, text_of, walk


async def flags_in(studio: Studio) -> list[Flag]:
    async with studio.services.database.read() as session:
        return await flags.find(session, studio.guild.id, flags.Search(), 10)


async def test_answers_at_once_with_the_jobs_message(studio: Studio) -> None:
    result = await studio.imagine("a red cube", seed=7)

    message = result.response
    job = await studio.job()
    assert not result.ephemeral and not result.deferred
    assert "**a red cube**" in text_of(message)
    assert f"<@{studio.alice.id}>" in text_of(message)
    assert "next in line" in text_of(message)
    assert "1 credit spent, 49 credits left" in text_of(message)
    assert buttons_of(message) == ["Cancel"]
    assert (job.channel_id, job.message_id) == (studio.channel.id, message.id)
    assert job.params == {"prompt": "a red cube", "images": 4, "seed": 7, "sources": []}


async def test_counts_the_requests_ahead(studio: Studio) -> None:
    await studio.imagine()
    result = await studio.imagine(member=studio.bob)

    assert "1 request ahead of it" in text_of(result.response)


async def test_says_how_long_it_takes_once_that_was_measured(studio: Studio) -> None:
    await studio.imagine()
    [job] = await studio.worker.claim()
    studio.clock.advance(40)
    await studio.worker.finish(job)

    result = await studio.imagine()

    assert "ready in about 40 s" in text_of(result.response)


async def test_shows_progress_with_a_preview_and_then_the_pictures(studio: Studio) -> None:
    message_id = (await studio.imagine("a red cube", seed=7)).response.id
    [job] = await studio.worker.claim()
    await studio.worker.progress(job, 10)
    await studio.delivery.deliver_once()

    halfway = studio.message(message_id)
    assert "step 10 of 20" in text_of(halfway)
    [preview] = [c["media"]["url"] for c in walk(halfway) if c["type"] == 11]
    assert preview.endswith("/preview-10.webp")
    assert buttons_of(halfway) == ["Cancel"]

    await studio.worker.finish(job)
    await studio.delivery.deliver_once()

    message = studio.message(message_id)
    assert "**a red cube**" in text_of(message) and "seed `7`" in text_of(message)
    assert f"<@{studio.alice.id}>" in text_of(message)
    assert len(pictures_of(message)) == 4
    assert buttons_of(message) == grid(4)
    assert "not learned" not in text_of(message)
    assert studio.edits == ["progress", "done"]
    assert (await studio.job()).delivered_at is not None


async def test_makes_as_many_buttons_as_pictures(studio: Studio) -> None:
    message = await studio.finished(images=2)

    assert len(pictures_of(message)) == 2
    assert buttons_of(message) == grid(2)


async def test_names_the_words_that_the_model_has_not_learned(studio: Studio) -> None:
    result = await studio.imagine("an astronaut riding a cube")
    await studio.worker.work(unknown=["astronaut", "riding"])
    await studio.delivery.deliver_once()

    text = text_of(studio.message(result.response.id))
    assert "The built-in model has not learned: astronaut, riding." in text
    assert "It knows 6 words: `/help words`" in text

    await studio.alice.click(studio.message(result.response.id), label="V1 · 1🪙")
    await studio.worker.work(unknown=["astronaut", "riding"])
    await studio.delivery.deliver_once()
    assert "not learned" not in text_of(studio.channel.history()[-1]), "said once, not again"


async def test_names_the_words_that_were_too_many(studio: Studio) -> None:
    result = await studio.imagine("a long story about a cube and a ball")
    await studio.worker.work(unread=["a", "ball"])
    await studio.delivery.deliver_once()

    text = text_of(studio.message(result.response.id))
    assert "The prompt was too long for it; it did not read: a, ball." in text
    assert "has not learned" not in text


async def test_many_unknown_words_and_a_long_prompt_fit_into_one_message(studio: Studio) -> None:
    prompt = "_" + "*" * 998 + "x"
    result = await studio.imagine(prompt)
    await studio.worker.work(unknown=["w*" * 50] * 400)
    await studio.delivery.deliver_once()

    assert "and 388 more" in text_of(studio.message(result.response.id))


async def test_shows_a_prompt_as_it_was_written_and_pings_nobody(studio: Studio) -> None:
    prompt = f"**a** ||cube|| of https://bad.example `x` <#{studio.channel.id}> @ everyone"
    message = await studio.finished(prompt)

    assert r"\*\*a\*\* \|\|cube\|\|" in text_of(message)
    assert "https://" not in text_of(message) and f" <#{studio.channel.id}>" not in text_of(message)
    [request] = [r for r in studio.env.http_requests if r.method == "PATCH"]
    assert request.json is None or request.json["allowed_mentions"] == {"parse": []}
    assert message.channel_mentions == [] and message.mention_everyone is False


async def test_a_refused_prompt_costs_nothing_and_is_noted(studio: Studio) -> None:
    result = await studio.imagine(REFUSED)

    text = text_of(result.response)
    [flag] = await flags_in(studio)
    assert result.ephemeral
    assert "Nothing was charged" in text and "/help rules" in text
    assert "illegal activity" in text and "contraband" not in text
    assert (flag.user_id, flag.prompt, flag.action) == (studio.alice.id, REFUSED, "block")
    assert studio.channel.history() == []
    assert "50 credits" in text_of((await studio.alice.slash(studio.channel, "credits")).response)


async def test_a_flagged_prompt_is_made_and_noted(studio: Studio) -> None:
    result = await studio.imagine("a smuggler")

    [flag] = await flags_in(studio)
    assert not result.ephemeral
    assert (flag.action, flag.category) == ("flag", "illegal")


async def test_bad_prompts_get_one_sentence(studio: Studio) -> None:
    for prompt, sentence in [
        ("\u200b\u200d\ufeff", "shows no letters"),
        ("\u3164 \u2800", "shows no letters"),
        ("hello @everyone", "without mentioning anyone"),
        ("<@1> <@!2> <@&3>", "without mentioning anyone"),
    ]:
        result = await studio.imagine(prompt)
        assert result.ephemeral, ascii(prompt)
        assert sentence in text_of(result.response), ascii(prompt)
        assert "Nothing was charged" in text_of(result.response)
        assert await flags_in(studio) == [], ascii(prompt)


async def test_limits_hold_even_where_the_client_does_not_keep_them(studio: Studio) -> None:
    [command] = [c for c in studio.env.backend.commands[None].values() if c["name"] == "imagine"]
    for option in command["options"]:
        for limit in ("min_value", "max_value", "min_length", "max_length"):
            option.pop(limit, None)

    for options, sentence in [
        ({"prompt": "cube " * 1000}, "at most 1,000 characters"),
        ({"images": 9}, "from 1 to 4"),
        ({"seed": -1}, "from 0 to 4294967295"),
        ({"seed": 2**40}, "from 0 to 4294967295"),
    ]:
        result = await studio.imagine(**{"prompt": "a cube", **options})
        assert result.ephemeral, options
        assert sentence in text_of(result.response), options


async def test_without_credits_nothing_is_queued(studio: Studio) -> None:
    for _ in range(50):
        await studio.imagine()
    result = await studio.imagine()

    assert result.ephemeral
    assert "You have no credits left. New ones come on <t:" in text_of(result.response)
    async with studio.services.database.read() as session:
        assert len(await jobs.unfinished(session, studio.alice.id)) == 50


async def test_a_server_that_the_bot_left_is_told_so(studio: Studio) -> None:
    studio.env.backend.emit("GUILD_DELETE", {"id": str(studio.guild.id)})
    await studio.env.settle()

    result = await studio.imagine()

    assert result.ephemeral
    assert "I am not in this server any more" in text_of(result.response)


async def test_where_the_bot_may_not_post_nothing_is_charged(studio: Studio) -> None:
    hidden = studio.guild.create_text_channel(
        "hidden",
        overwrites={studio.bot.user: discord.PermissionOverwrite(attach_files=False)},
    )
    result = await studio.alice.slash(hidden, "imagine", prompt="a cube")

    assert result.ephemeral
    assert "attach files" in text_of(result.response)


async def test_a_replayed_interaction_is_one_job(studio: Studio) -> None:
    request = Request(Operation.text_to_image, "a cube")
    origin = Origin(studio.alice.id, studio.guild.id, studio.channel.id, "the same id")
    first = await submit(studio.services, request, origin)
    second = await submit(studio.services, request, origin)

    assert (first.created, second.created) == (True, False)
    assert first.job.id == second.job.id
    assert second.balance == 49


async def test_offers_ideas_that_hold_the_words_typed(studio: Studio) -> None:
    everything = await studio.alice.autocomplete(studio.channel, "imagine", "prompt", "")
    fitting = await studio.alice.autocomplete(studio.channel, "imagine", "prompt", "Cube a")

    assert [choice["value"] for choice in everything] == CARD["ideas"]
    assert [choice["value"] for choice in fitting] == [CARD["ideas"][0], CARD["ideas"][2]]


async def test_a_failed_job_returns_the_credit_and_hides_the_reason(studio: Studio) -> None:
    result = await studio.imagine()
    [job] = await studio.worker.claim()
    async with studio.services.database.write() as session:
        await queue.fail(session, job.id, job.attempt, studio.clock(), "CUDA: secret", retry=False)
    await studio.delivery.deliver_once()

    message = studio.message(result.response.id)
    assert "could not be made" in text_of(message)
    assert "Your credit was returned." in text_of(message)
    assert "secret" not in text_of(message)
    assert buttons_of(message) == ["🔄 1🪙"]
    assert await studio.balance() == 50


async def test_two_clicks_at_the_same_moment_are_one_job(studio: Studio) -> None:
    request = Request(Operation.text_to_image, "a cube")
    alice = studio.alice.id
    clicks = [Origin(alice, None, 2, request_id, 3, "again:1") for request_id in ("a", "b", "c")]
    made = await asyncio.gather(*(submit(studio.services, request, click) for click in clicks))

    assert sorted(one.created for one in made) == [False, False, True]
    assert len({one.job.id for one in made}) == 1
    assert made[0].balance == made[1].balance == made[2].balance == 49
