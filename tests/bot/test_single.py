"""One picture by itself: extending it, its original, and favourites."""

import io

import pytest
from PIL import Image as Pillow
from sqlalchemy import select

from db.tables import Favourite, Operation
from tests.bot.studio import Said, Studio, buttons_of, painted, selects_of, text_of


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
