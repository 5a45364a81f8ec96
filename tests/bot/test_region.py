"""Choosing the region to repaint: fields, an upload, and Confirm, which alone charges."""

import io
from dataclasses import replace

import pytest
from PIL import Image as Pillow
from simcord.components import walk_components
from sqlalchemy import delete

from bot import region
from bot.judge import Origin
from bot.submit import submit
from bot.web.links import Links
from db import edits, flags, images, jobs
from db.tables import Edit, Image, Operation
from tests.bot.studio import Said, Studio, answer_of, buttons_of, painted, pictures_of, text_of

FIELDS = ["↖️", "⬆️", "↗️", "⬅️", "⏺️", "➡️", "↙️", "⬇️", "↘️"]
CONFIRM = "Paint it · 1🪙"
UPLOAD = ("photo.png", painted(60))


def mask_png(size: tuple[int, int] = (32, 32), marked: bool = True) -> tuple[str, bytes]:
    mask = Pillow.new("L", size, 0)
    if marked:
        mask.paste(255, (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    mask.save(out, "PNG")
    return "mask.png", out.getvalue()


async def begun(studio: Studio, **options: object) -> Said:
    """The panel of an edit of one's own first picture."""
    await studio.finished(images=1)
    result = await studio.alice.slash(
        studio.channel, "edit", prompt="a blue ball", earlier="1-1", **options
    )
    return result.response


async def mask_of(studio: Studio, job_id: int) -> Pillow.Image:
    job = await studio.job(job_id)
    async with studio.services.database.read() as session:
        mask = await images.get(session, job.params["mask"])
    assert mask is not None and mask.brought_by == job.user_id
    return Pillow.open(io.BytesIO(await studio.services.store.get(mask.master_key)))


async def test_fields_are_marked_and_unmarked_before_anything_is_charged(studio: Studio) -> None:
    panel = await begun(studio)
    assert panel.ephemeral and "Which part should be painted anew?" in text_of(panel)
    assert buttons_of(panel) == [*FIELDS, "Upload a mask"]
    assert len(pictures_of(panel)) == 1

    for field in ("↖️", "⏺️", "↖️", "➡️"):
        await studio.alice.click(panel, label=field)
    assert "You are charged only when you confirm" in text_of(panel)
    assert buttons_of(panel) == [*FIELDS, CONFIRM, "Upload a mask"]
    assert await studio.balance() == 49

    result = await studio.alice.click(panel, label=CONFIRM)
    job = await studio.job(2)
    posted = answer_of(result)
    assert not posted.ephemeral and "Repainted: **a blue ball**" in text_of(posted)
    assert "It is on its way" in text_of(panel) and buttons_of(panel) == []
    assert (job.operation, job.params["sources"], job.params["images"]) == (
        Operation.inpaint, [1], 3,
    )  # fmt: skip
    assert job.message_id == posted.id
    assert (await mask_of(studio, 2)).getbbox() == (10, 10, 32, 21)
    assert await studio.balance() == 48


async def test_confirming_twice_makes_one_job(studio: Studio) -> None:
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    await studio.alice.click(panel, label=CONFIRM)
    await studio.worker.work()
    again = answer_of(await studio.forge("paint:1:16"))

    assert again.ephemeral and "already on its way" in text_of(again)
    assert await studio.balance() == 48


async def test_a_mask_with_the_command_is_shown_first(studio: Studio) -> None:
    panel = await begun(studio, mask=mask_png((64, 64)))
    assert "You are charged only when you confirm" in text_of(panel)
    await studio.alice.click(panel, label=CONFIRM)

    mask = await mask_of(studio, 2)
    assert (mask.size, mask.getbbox()) == ((32, 32), (0, 0, 16, 32))


async def test_a_mask_is_uploaded_later_and_fields_may_still_replace_it(studio: Studio) -> None:
    panel = await begun(studio)
    shown = await studio.alice.click(panel, label="Upload a mask")
    await studio.alice.submit_modal(shown, {"mask": mask_png()})
    assert CONFIRM in buttons_of(panel)
    await studio.alice.click(panel, label="↘️")
    await studio.alice.click(panel, label=CONFIRM)

    assert (await mask_of(studio, 2)).getbbox() == (21, 21, 32, 32)


async def test_the_button_opens_a_form_with_the_words_and_takes_a_mask(studio: Studio) -> None:
    message = await studio.finished("a red cube", images=1)
    [single] = (await studio.bob.click(message, label="U1")).followups
    shown = await studio.bob.click(single, label="Edit area")
    assert shown.modal is not None and "a red cube" in str(shown.modal)
    words = {"prompt": "a red ball", "mask": mask_png()}
    panel = (await studio.bob.submit_modal(shown, words)).response
    await studio.bob.click(panel, label=CONFIRM)

    job = await studio.job(2)
    assert (job.user_id, job.params["prompt"]) == (studio.bob.id, "a red ball")


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (mask_png(marked=False), "marks nothing"),
        (mask_png((32, 64)), "must have the same shape"),
        (("mask.png", b"<svg/>"), "no PNG, JPEG or WebP"),
        (("mask.png", bytes(26 * 2**20)), "over 25 MiB"),
    ],
)
async def test_what_is_no_mask_is_one_sentence(
    studio: Studio, mask: tuple[str, bytes], sentence: str
) -> None:
    await studio.finished(images=1)
    result = await studio.alice.slash(
        studio.channel, "edit", prompt="a ball", earlier="1-1", mask=mask
    )

    said = [m for m in (result.response, *result.followups) if m is not None]
    assert all(m.ephemeral for m in said) and sentence in text_of(said[-1])
    assert await studio.balance() == 49


async def test_a_bad_mask_leaves_the_panel_as_it_was(studio: Studio) -> None:
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    shown = await studio.alice.click(panel, label="Upload a mask")
    sent = await studio.alice.submit_modal(shown, {"mask": mask_png(marked=False)})

    assert "marks nothing" in text_of(sent.followups[-1])
    await studio.alice.click(panel, label=CONFIRM)
    assert (await mask_of(studio, 2)).getbbox() == (10, 10, 21, 21)


async def test_a_huge_mask_is_not_even_read(studio: Studio) -> None:
    await studio.finished(images=1)
    huge = ("mask.png", bytes(26 * 2**20))
    result = await studio.alice.slash(
        studio.channel, "edit", prompt="a blue ball", earlier="1-1", mask=huge
    )
    assert "over 25 MiB" in text_of(answer_of(result))
    assert await studio.balance() == 49


async def test_a_refused_prompt_ends_before_a_region_is_asked_for(studio: Studio) -> None:
    await studio.finished(images=1)
    result = await studio.alice.slash(
        studio.channel, "edit", prompt="a crate of contraband", earlier="1-1"
    )

    said = [m for m in (result.response, *result.followups) if m is not None]
    assert "illegal activity" in text_of(said[-1])


async def test_a_prompt_that_passes_with_a_flag_is_one_try(studio: Studio) -> None:
    await studio.finished(images=1)
    result = await studio.alice.slash(studio.channel, "edit", prompt="a smuggler", earlier="1-1")
    panel = answer_of(result)
    await studio.alice.click(panel, label="↖️")
    await studio.alice.click(panel, label=CONFIRM)

    async with studio.services.database.read() as session:
        [flag] = await flags.find(session, studio.guild.id, flags.Search(), 9)
    assert (flag.job_id, flag.tries) == (2, 1)


async def test_an_edit_dies_of_age(studio: Studio) -> None:
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    studio.clock.advance(edits.LIFETIME.total_seconds() + 1)
    result = await studio.alice.click(panel, label=CONFIRM)

    assert result.ephemeral and "begun too long ago" in text_of(result.response)
    assert await studio.balance() == 49


async def test_an_edit_is_its_members_alone(studio: Studio) -> None:
    """The panel is ephemeral; a forged click of another's changes nothing and charges nobody."""
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    async with studio.services.database.write() as session:
        edit = await edits.get(session, 1, studio.clock())
        assert edit is not None
        edit.user_id = studio.bob.id
    for label in ("⬅️", CONFIRM, "Upload a mask"):
        result = await studio.alice.click(panel, label=label)
        assert "begun too long ago" in text_of(result.response)
    assert await studio.balance() == 49


async def test_a_panel_that_was_confirmed_elsewhere_says_so(studio: Studio) -> None:
    """On the page, where nobody can change what Discord shows."""
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    async with studio.services.database.read() as session:
        edit = await edits.get(session, 1, studio.clock())
    assert edit is not None
    request = await region.request_of(studio.services, edit, 16)
    origin = Origin(studio.alice.id, studio.guild.id, studio.channel.id, edits.request_id(1))
    await submit(studio.services, request, origin)
    await studio.alice.click(panel, label="⬇️")

    assert text_of(panel) == "🖌️ It is on its way."
    assert buttons_of(panel) == [] and await studio.balance() == 48


async def test_a_picture_deleted_meanwhile(studio: Studio) -> None:
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    async with studio.services.database.write() as session:
        await images.delete(session, 1, studio.clock())
    result = answer_of(await studio.alice.click(panel, label=CONFIRM))

    assert result.ephemeral and "was deleted" in text_of(result)
    assert CONFIRM in buttons_of(panel)
    async with studio.services.database.read() as session:
        assert await jobs.get(session, 2) is None


async def test_a_panel_works_after_a_restart(studio: Studio) -> None:
    panel = await begun(studio)
    await studio.restart()
    await studio.alice.click(panel, label="⏺️")
    await studio.alice.click(panel, label=CONFIRM)

    assert (await studio.job(2)).operation is Operation.inpaint


async def test_an_upload_is_edited_too(studio: Studio) -> None:
    result = await studio.alice.slash(
        studio.channel, "edit", prompt="a ball", image=UPLOAD, mask=mask_png()
    )
    await studio.alice.click(result.response, label=CONFIRM)

    assert (await mask_of(studio, 1)).size == (60, 60)


async def test_the_panel_leads_to_the_page_where_there_is_one(studio: Studio) -> None:
    links = Links("https://art.example.org", b"k" * 32)
    studio.services = studio.bot.services = replace(studio.services, links=links)
    panel = await begun(studio)

    [url] = [b["url"] for b in walk_components(panel.components) if b.get("url")]
    assert buttons_of(panel)[-1] == "🖌️ Mark it by hand"
    assert links.read("paint", url.rpartition("/")[2], studio.clock()) == 1


async def test_the_number_of_an_edit_is_never_given_again(studio: Studio) -> None:
    """Its link and its job would be taken for those of the next one."""
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    await studio.alice.click(panel, label=CONFIRM)
    async with studio.services.database.write() as session:
        await session.execute(delete(Edit))
    result = await studio.bob.slash(studio.channel, "edit", prompt="a cat", image=UPLOAD)

    assert "Which part should be painted anew?" in text_of(result.response)
    assert "cell:2:1:0" in str(result.response.components)


async def test_asking_again_once_the_mask_is_gone_costs_nothing(studio: Studio) -> None:
    panel = await begun(studio)
    await studio.alice.click(panel, label="⏺️")
    posted = answer_of(await studio.alice.click(panel, label=CONFIRM))
    await studio.worker.work()
    await studio.delivery.deliver_once()
    job = await studio.job(2)
    async with studio.services.database.write() as session:
        mask = await session.get_one(Image, job.params["mask"])
        mask.deleted_at = studio.clock()
    told = answer_of(await studio.alice.click(studio.message(posted.id), custom_id="again:2"))

    assert told.ephemeral and "no longer kept; please mark it anew" in text_of(told)
    assert await studio.balance() == 48
