"""The commands and menus that begin with a picture, and all that they refuse."""

import io
from typing import Any

import discord
import pytest
from PIL import Image as Pillow

from db import images, queue
from db.tables import Image, Operation, State
from tests.bot.studio import (
    Studio,
    answer_of,
    buttons_of,
    painted,
    pictures_of,
    selects_of,
    text_of,
)

UPLOAD = ("photo.png", painted(48, "green"))


async def brought(studio: Studio, image_id: int) -> Image:
    async with studio.services.database.read() as session:
        image = await images.get(session, image_id)
    assert image is not None
    return image


def photo_with_a_place() -> bytes:
    """A JPEG that tells, as phones do, where it was taken."""
    exif = Pillow.Exif()
    exif[0x8825] = {2: (52.0, 31.0, 0.0)}
    exif[0x010E] = "my home"
    out = io.BytesIO()
    Pillow.new("RGB", (60, 40), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_variations_of_an_upload(studio: Studio) -> None:
    result = await studio.alice.slash(studio.channel, "variations", image=UPLOAD)

    job = await studio.job()
    [message] = studio.channel.history()
    source = await brought(studio, *job.params["sources"])
    assert not result.ephemeral
    assert (job.operation, job.params["images"]) == (Operation.variation, 3)
    assert (job.message_id, job.cost) == (message.id, 1)
    assert "Variations of a picture" in text_of(message)
    assert (source.brought_by, source.width, source.signed_key) == (studio.alice.id, 48, None)

    await studio.worker.work()
    await studio.delivery.deliver_once()
    assert len(pictures_of(studio.message(message.id))) == 3


async def test_an_upload_is_kept_without_what_its_file_told(studio: Studio) -> None:
    photo = photo_with_a_place()
    await studio.alice.slash(studio.channel, "variations", image=("photo.jpg", photo))

    source = await brought(studio, *(await studio.job()).params["sources"])
    kept = await studio.services.store.get(source.master_key)
    assert b"my home" in photo and b"my home" not in kept
    assert not Pillow.open(io.BytesIO(kept)).getexif()


@pytest.mark.parametrize(
    ("direction", "options", "params"),
    [
        ("left", {}, {"sides": ["left"], "amount": 0.5}),
        ("all", {"amount": 1.0}, {"sides": ["left", "right", "up", "down"], "amount": 1.0}),
        ("16:9", {"prompt": "a red cube"}, {"sides": ["left", "right"], "amount": 7 / 18}),
        ("9:16", {}, {"sides": ["up", "down"], "amount": 7 / 18}),
    ],
)
async def test_outpaint(
    studio: Studio, direction: str, options: dict[str, Any], params: dict[str, Any]
) -> None:
    await studio.alice.slash(
        studio.channel, "outpaint", direction=direction, image=UPLOAD, **options
    )

    job = await studio.job()
    assert job.operation is Operation.outpaint
    assert job.params["prompt"] == options.get("prompt", "")
    assert job.params["sides"] == params["sides"]
    assert job.params["amount"] == pytest.approx(params["amount"])


async def test_blend_of_an_upload_and_an_earlier_picture(studio: Studio) -> None:
    await studio.finished()
    await studio.alice.slash(studio.channel, "blend", image1=UPLOAD, earlier2="1-2", strength=0.0)

    job = await studio.job(2)
    one, other = [await brought(studio, image_id) for image_id in job.params["sources"]]
    assert (job.operation, job.params["t"]) == (Operation.interpolate, 0.0)
    assert one.brought_by == studio.alice.id
    assert (other.job_id, other.index) == (1, 1)


async def test_a_blend_offers_nothing_that_would_not_change_it(studio: Studio) -> None:
    """No seed and no words go into a blend."""
    await studio.finished()
    await studio.alice.slash(studio.channel, "blend", earlier1="1-1", earlier2="1-2")
    await studio.worker.work()
    await studio.delivery.deliver_once()

    message = studio.message((await studio.job(2)).message_id)
    assert "A blend of two pictures" in text_of(message) and "seed" not in text_of(message)
    assert buttons_of(message)[3:] == [f"V{n} · 1🪙" for n in (1, 2, 3)] + [
        "🗑️", "ℹ️ Info", "💌 Save",
    ]  # fmt: skip


async def test_remix(studio: Studio) -> None:
    await studio.finished()
    result = await studio.alice.slash(
        studio.channel, "remix", to="a *blue* ball", earlier="#1-1", **{"from": "a red cube"}
    )

    job = await studio.job(2)
    assert job.operation is Operation.text_diff
    assert (job.params["before"], job.params["prompt"]) == ("a red cube", "a *blue* ball")
    assert r"From **a red cube** to **a \*blue\* ball**" in text_of(result.response)


async def test_the_words_a_remix_begins_with_are_checked_too(studio: Studio) -> None:
    await studio.finished()
    result = await studio.alice.slash(
        studio.channel, "remix", to="a cube", earlier="1-1", **{"from": "a crate of contraband"}
    )

    assert result.ephemeral and "illegal activity" in text_of(result.response)
    assert await studio.balance() == 49


async def test_earlier_pictures_are_offered_by_number_and_words(studio: Studio) -> None:
    await studio.finished("a red cube", images=2)
    await studio.finished("a blue ball", images=1)
    offered = [
        await studio.alice.autocomplete(studio.channel, "variations", "earlier", typed)
        for typed in ("", "CUBE 2", "nothing")
    ]
    theirs = await studio.bob.autocomplete(studio.channel, "variations", "earlier", "")

    assert [[choice["name"] for choice in choices] for choices in offered] == [
        ["2-1 · a blue ball", "1-1 · a red cube", "1-2 · a red cube"], ["1-2 · a red cube"], [],
    ]  # fmt: skip
    assert theirs == []


async def test_variations_of_an_earlier_picture_have_its_words_as_v1_does(studio: Studio) -> None:
    await studio.finished("a red cube", images=1)
    result = await studio.alice.slash(studio.channel, "variations", earlier="1-1")

    assert "Variations of **a red cube**" in text_of(result.response)
    assert (await studio.job(2)).params["prompt"] == "a red cube"


async def test_a_blend_of_one_picture_asks_for_the_other(studio: Studio) -> None:
    await studio.finished(images=1)
    for options, n in [({"earlier1": "1-1"}, 2), ({"image2": UPLOAD}, 1)]:
        answer = answer_of(await studio.alice.slash(studio.channel, "blend", **options))
        said = f"Please attach a picture as `image{n}`, or choose one of yours as `earlier{n}`"
        assert answer.ephemeral and said in text_of(answer), n


async def test_what_is_no_picture_is_one_sentence_for_its_member(studio: Studio) -> None:
    await studio.finished(images=1, member=studio.bob)
    for options, sentence in [
        ({}, "Please attach a picture"),
        ({"image": UPLOAD, "earlier": "1-1"}, "not both"),
        ({"earlier": "the first one"}, "no picture of yours"),
        ({"earlier": "1-4"}, "no picture of yours"),
        ({"earlier": "99-1"}, "no picture of yours"),
        ({"image": ("a.png", b"GIF89a lies about its type")}, "no PNG, JPEG or WebP"),
        ({"image": ("a.png", UPLOAD[1][:60])}, "damaged"),
        ({"image": ("empty.png", b"")}, "no PNG, JPEG or WebP"),
    ]:
        answer = answer_of(await studio.alice.slash(studio.channel, "variations", **options))
        assert answer.ephemeral, sentence
        assert sentence in text_of(answer) and "Nothing was charged" in text_of(answer)
        assert len(studio.channel.history()) == 1, sentence
        assert await studio.balance(studio.alice) == 0, sentence


async def test_another_members_picture_is_not_mine_to_name(studio: Studio) -> None:
    await studio.finished(images=1, member=studio.bob)
    result = await studio.alice.slash(studio.channel, "variations", earlier="1-1")

    assert result.ephemeral and "no picture of yours" in text_of(result.response)


async def test_a_huge_upload_is_not_even_read(studio: Studio) -> None:
    result = await studio.alice.slash(
        studio.channel, "variations", image=("huge.png", bytes(26 * 2**20))
    )

    answer = answer_of(result)
    assert answer.ephemeral and "over 25 MiB" in text_of(answer)


async def test_where_the_bot_may_not_post_nothing_is_read(studio: Studio) -> None:
    hidden = studio.guild.create_text_channel(
        "hidden",
        overwrites={studio.bot.user: discord.PermissionOverwrite(attach_files=False)},
    )
    result = await studio.alice.slash(hidden, "variations", image=UPLOAD)

    assert result.ephemeral and "attach files" in text_of(result.response)


async def test_what_the_model_cannot_draw_is_told_and_returned(studio: Studio) -> None:
    await studio.alice.slash(studio.channel, "outpaint", direction="up", image=UPLOAD)
    [job] = await studio.worker.claim()
    async with studio.services.database.write() as session:
        await queue.decline(session, job.id, job.attempt, studio.clock(), "It would be too large.")
    await studio.delivery.deliver_once()

    [message] = studio.channel.history()
    assert "It would be too large. Your credit was returned." in text_of(message)
    assert buttons_of(message) == ["✏️ Edit prompt · 1🪙"]
    assert (await studio.job()).state is State.failed
    assert await studio.balance() == 50


async def test_the_file_of_an_own_picture_is_that_picture(studio: Studio) -> None:
    """So that what is extended grows from the unsigned master."""
    await studio.imagine("a red cube", images=1)
    await studio.worker.work(picture=painted(48, noise=True))
    async with studio.services.database.read() as session:
        [image] = await images.of_job(session, 1)
    assert image.signed_key
    file = "saved.png", await studio.services.store.get(image.signed_key)
    for member in (studio.alice, studio.bob):
        await member.slash(studio.channel, "variations", image=file)
    [mine], [theirs] = [(await studio.job(number)).params["sources"] for number in (2, 3)]
    assert mine == image.id
    assert (await brought(studio, theirs)).brought_by == studio.bob.id


async def test_only_its_member_begins_again_with_an_upload(studio: Studio) -> None:
    await studio.alice.slash(studio.channel, "variations", image=UPLOAD)
    await studio.worker.work()
    await studio.delivery.deliver_once()
    [message] = studio.channel.history()

    refused = await studio.bob.click(message, custom_id="again:1")
    mine = await studio.alice.click(message, custom_id="again:1")

    assert refused.ephemeral and "Only the member who brought" in text_of(refused.response)
    assert not mine.ephemeral
    assert (await studio.job(2)).params["sources"] == (await studio.job(1)).params["sources"]


MENUS = [
    ("Variations", [f"Variations {n} · 1🪙" for n in (1, 2)], []),
    ("Edit this picture", ["🖌️ Edit area 1", "🖌️ Edit area 2"], []),
    ("Extend this picture", [], [f"↔️ Extend {n} · 1🪙" for n in (1, 2)]),
]


async def test_menus_offer_each_picture_of_the_bots_messages(studio: Studio) -> None:
    message = await studio.finished(images=2)
    for menu, buttons, selects in MENUS:
        answer = (await studio.bob.context_menu(studio.channel, menu, message)).response
        assert answer.ephemeral and "Which picture?" in text_of(answer), menu
        assert (buttons_of(answer), selects_of(answer)) == (buttons, selects), menu


@pytest.mark.parametrize("forwarded", [False, True])
async def test_variations_of_a_picture_in_a_members_message(
    studio: Studio, forwarded: bool
) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[UPLOAD])
    if forwarded:
        message = await studio.bob.forward(message, studio.channel)
    result = await studio.alice.context_menu(studio.channel, "Variations", message)
    answer = result.response
    assert buttons_of(answer) == ["Variations · 1🪙"]
    placed = await studio.alice.click(answer, label="Variations · 1🪙")

    assert not placed.ephemeral
    source = await brought(studio, *(await studio.job()).params["sources"])
    assert source.brought_by == studio.alice.id


async def test_extending_from_the_menu(studio: Studio) -> None:
    message = await studio.finished(images=1)
    used = await studio.bob.context_menu(studio.channel, "Extend this picture", message)
    await studio.bob.select(used.response, ["up"])
    await studio.bob.select(used.response, ["9:16"])

    one, other = [await studio.job(number) for number in (2, 3)]
    assert (one.params["sides"], other.params["sides"]) == (["up"], ["up", "down"])
    assert one.user_id == studio.bob.id


async def test_editing_from_the_menu(studio: Studio) -> None:
    message = await studio.finished("a red cube", images=1)
    used = await studio.bob.context_menu(studio.channel, "Edit this picture", message)
    shown = await studio.bob.click(used.response, label="Edit area")

    assert shown.modal is not None and "a red cube" in str(shown.modal)


async def test_menus_say_where_there_is_no_picture(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "just words")
    used = await studio.alice.context_menu(studio.channel, "Variations", message)
    answer = answer_of(used)

    assert answer.ephemeral and "no picture in that message" in text_of(answer)


async def test_a_file_named_like_ours_is_an_upload_like_any(studio: Studio) -> None:
    """Only the bot's own messages are believed."""
    await studio.finished()
    forged = ("five-squares-1-1.png", UPLOAD[1])
    message = await studio.bob.send(studio.channel, "look", attachments=[forged])
    used = await studio.bob.context_menu(studio.channel, "Variations", message)
    await studio.bob.click(used.response, label="Variations · 1🪙")

    source = await brought(studio, *(await studio.job(2)).params["sources"])
    assert source.brought_by == studio.bob.id
