"""One picture by itself: extending it, its original, and favourites."""

import io
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image as Pillow
from sqlalchemy import select

from bot.web.links import Links
from bot.web.server import application
from db import images
from db.tables import Favourite, Operation
from tests.bot.studio import Said, Studio, answer_of, buttons_of, painted, selects_of, text_of, walk


async def alone(studio: Studio, **options: object) -> Said:
    message = await studio.finished(**options)  # type: ignore[arg-type]
    [single] = (await studio.bob.click(message, label="U1")).followups
    return single


async def favourites(studio: Studio) -> list[tuple[int, int]]:
    async with studio.services.database.read() as session:
        rows = await session.scalars(select(Favourite))
        return [(row.user_id, row.image_id) for row in rows]


@pytest.mark.parametrize(
    ("choice", "sides", "amount"),
    [("left", ["left"], 0.5), ("all", ["left", "right", "up", "down"], 0.5),
     ("16:9", ["left", "right"], 7 / 18)],
)  # fmt: skip
async def test_extend_shows_its_price_and_whoever_chooses_pays(
    studio: Studio, choice: str, sides: list[str], amount: float
) -> None:
    single = await alone(studio, images=1)
    assert selects_of(single) == ["↔️ Extend · 1🪙"]
    result = await studio.bob.select(single, [choice])

    job = await studio.job(2)
    assert not result.ephemeral
    assert (job.operation, job.user_id) == (Operation.outpaint, studio.bob.id)
    assert job.params["sides"] == sides
    assert job.params["amount"] == pytest.approx(amount)


async def test_two_extensions_of_one_picture_are_two_and_the_same_twice_is_one(
    studio: Studio,
) -> None:
    single = await alone(studio, images=1)
    for choice in ("left", "right", "left"):
        result = await studio.bob.select(single, [choice])

    assert result.ephemeral and "already on its way" in text_of(result.response)
    assert await studio.balance(studio.bob) == 48


async def test_a_shape_that_it_has(studio: Studio) -> None:
    single = await alone(studio, images=1)
    result = await studio.bob.select(single, ["1:1"])

    assert result.ephemeral and "has that shape already" in text_of(result.response)


async def test_the_original_is_the_signed_file_as_it_was_made(studio: Studio) -> None:
    noise = painted(700, noise=True)
    await studio.imagine(images=1)
    await studio.worker.work(picture=noise)
    await studio.delivery.deliver_once()
    [message] = studio.channel.history()
    [single] = (await studio.bob.click(message, label="U1")).followups
    result = await studio.bob.click(single, label="Original")

    [file] = result.response.attachments
    assert result.ephemeral and file.filename == "five-squares-1-1.png"
    assert Pillow.open(io.BytesIO(noise)).format == "PNG" and file.size == len(noise)


async def too_large(studio: Studio) -> tuple[Said, bytes]:
    """One picture alone whose original is a little over what Discord takes here."""
    noise = painted(1024, noise=True)
    await studio.imagine(images=1)
    await studio.worker.work(picture=noise + bytes(25 * 2**20))
    await studio.delivery.deliver_once()
    [message] = studio.channel.history()
    [single] = (await studio.bob.click(message, label="U1")).followups
    return single, await studio.services.store.get("1/0.signed.png")


async def test_an_original_that_is_too_large_comes_as_the_best_copy_that_fits(
    studio: Studio,
) -> None:
    single, original = await too_large(studio)
    answer = answer_of(await studio.bob.click(single, label="Original"))

    assert answer.ephemeral and "the best copy that fits" in text_of(answer)
    [file] = answer.attachments
    assert file.filename == "five-squares-1-1.webp" and file.size < len(original)


async def test_where_there_are_pages_it_is_a_link_that_dies_after_an_hour(studio: Studio) -> None:
    links = Links("https://art.example.org", b"k" * 32)
    services = replace(studio.services, links=links)
    studio.bot.services = services
    single, original = await too_large(studio)
    answer = answer_of(await studio.bob.click(single, label="Original"))
    assert answer.ephemeral and "good for an hour" in text_of(answer) and not answer.attachments
    [url] = [c["url"] for c in walk(answer) if c.get("url")]
    path = url.removeprefix(links.public_url)

    async with TestClient(TestServer(application(services))) as client:
        given = await client.get(path)
        assert await given.read() == original and given.content_type == "image/png"
        disposition = given.headers["Content-Disposition"]
        assert disposition == 'attachment; filename="five-squares-1-1.png"'
        other = path.replace("/original/1.", "/original/2.")
        as_archive = path.replace("/original/", "/archive/")
        assert [(await client.get(forged)).status for forged in (other, as_archive)] == [410, 410]
        async with services.database.write() as session:
            await images.delete(session, 1, studio.clock())
        assert "was deleted" in await (await client.get(path)).text()
        studio.clock.advance(3600)
        assert "not valid any more" in await (await client.get(path)).text()


async def test_nobody_gets_the_original_of_a_picture_they_may_not_see(studio: Studio) -> None:
    await studio.imagine(images=1, private=True)
    await studio.worker.work()
    refused = answer_of(await studio.forge("orig:1", studio.bob))
    assert refused.ephemeral and "don't know that request" in text_of(refused)
    assert not refused.attachments


async def test_a_star_twice_is_one_and_can_be_taken_back(studio: Studio) -> None:
    single = await alone(studio, images=1)
    await studio.bob.click(single, custom_id="star:1")
    result = await studio.bob.click(single, custom_id="star:1")
    assert result.ephemeral and "Picture 1-1 is among your favourites" in text_of(result.response)
    assert await favourites(studio) == [(studio.bob.id, 1)]

    await studio.alice.click(single, custom_id="star:1")
    await studio.bob.click(result.response, label="Take it off")
    assert await favourites(studio) == [(studio.alice.id, 1)]
    assert "not among your favourites" in text_of(result.response)
    assert buttons_of(result.response) == []
