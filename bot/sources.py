"""Where the pictures that an operation begins with come from: an upload, a message, one's own.

What members bring is opened under limits, and kept without anything that their file said of them.
"""

import asyncio
import io
import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import urlsplit

import discord
from discord.app_commands import Choice
from PIL import Image as Pillow

from bot.answers import Interaction, services_of
from bot.buttons import JobGone, job_of
from bot.presenters import picture as texts
from bot.services import Services
from bot.submit import PictureGone
from db import history, images, registry
from db.errors import FiveSquaresError
from db.history import Sight, Wanted
from db.tables import Image
from fingerprint import fingerprint
from uploads import LARGEST_FILE, UnusablePicture, open_mask, open_picture

NUMBER = re.compile(r"#?(\d{1,18})-([1-9])")
"""How people name a picture."""
NAME = re.compile(r"five-squares-(\d{1,18})-([1-9])\.\w+")
"""How a picture that the bot sends is named."""
LOOKED_AT = 200
"""Pictures of a member among which what they type is looked for."""
OFFERED = 25  # as many as Discord shows
CHOICES = 4
"""Pictures of one message that can be chosen from."""

opening = asyncio.Semaphore(2)
"""Held while a picture from outside is opened: a large one takes up to 500 MB."""


class NoPicture(FiveSquaresError):
    """A picture is missing. Nothing was charged."""


class TwoPictures(FiveSquaresError):
    """Please give either an upload or an earlier picture, not both. Nothing was charged."""


class NotAPicture(FiveSquaresError):
    """There is no picture of yours with that number; the list that opens while you type offers \
yours. Nothing was charged."""


class NoneInMessage(FiveSquaresError):
    """There is no picture in that message that I can begin with."""


async def chosen(
    interaction: Interaction,
    upload: discord.Attachment | None,
    earlier: str | None,
    which: str = "",
) -> Image:
    """What a command was given: an upload, which must have been deferred for, or a number.

    `which` of several pictures it is, as the command numbers them.

    Raises NoPicture, TwoPictures, NotAPicture or UnusablePicture.
    """
    if upload is not None and earlier is not None:
        raise TwoPictures
    if upload is not None:
        return await bring(services_of(interaction), interaction.user.id, upload)
    if earlier is None:
        raise NoPicture(texts.missing(which))
    return await own(interaction, earlier)


async def own(interaction: Interaction, number: str) -> Image:
    """The member's own picture of that number. Raises NotAPicture or PictureGone."""
    found = NUMBER.fullmatch(number.strip())
    if found is None:
        raise NotAPicture
    try:
        job = await job_of(services_of(interaction).database, interaction, int(found[1]))
    except JobGone as error:
        raise NotAPicture from error
    if job.user_id != interaction.user.id:
        raise NotAPicture
    return await _of_job(interaction, job.id, int(found[2]))


async def offered(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The member's newest pictures whose number or words hold what was typed."""
    async with services_of(interaction).database.read() as session:
        user_id = interaction.user.id
        newest = await history.find(session, Sight(user_id), Wanted(user_id), LOOKED_AT)
    names = {image.number: texts.choice(job, image) for image, job in newest}
    words = typed.lower().split()
    return [
        Choice(name=name, value=number)
        for number, name in names.items()
        if all(word in name.lower() for word in words)
    ][:OFFERED]


async def in_message(interaction: Interaction, message: discord.Message) -> list[Image]:
    """The pictures of a message: the bot's own by their names, others, also forwarded, as uploads.

    Raises NoneInMessage, JobGone, PictureGone or UnusablePicture.
    """
    if made := made_in(interaction, message)[:CHOICES]:
        found = [await _of_job(interaction, *each) for each in made]
    else:
        forwarded = (file for sent in message.message_snapshots for file in sent.attachments)
        files = [*message.attachments, *forwarded]
        uploads = [file for file in files if (file.content_type or "").startswith("image/")]
        services, user_id = services_of(interaction), interaction.user.id
        found = [await bring(services, user_id, upload) for upload in uploads[:CHOICES]]
    if not found:
        raise NoneInMessage
    return found


def made_in(interaction: Interaction, message: discord.Message) -> list[tuple[int, int]]:
    """The request and the number of each picture in a message of the bot's; none in another's.

    Discord lists a file that a component shows with the component alone, not as an attachment.
    """
    if message.author != interaction.client.user:
        return []
    galleries = [c for c in message.components if isinstance(c, discord.MediaGalleryComponent)]
    addresses = [item.media.url for gallery in galleries for item in gallery.items]
    names = (NAME.fullmatch(urlsplit(url).path.rpartition("/")[2]) for url in addresses)
    return [(int(name[1]), int(name[2])) for name in names if name]


async def bring(services: Services, user_id: int, upload: discord.Attachment) -> Image:
    """Keeps a picture that a member uploaded. Raises UnusablePicture.

    The very file of a picture made for them is that picture: what is made from it begins with the
    unsigned master, so that no signature ends up in the middle.
    """
    data = await read(upload)
    async with services.database.read() as session:
        match = await registry.find(session, sha256(data).hexdigest(), None)
    if match and match.job.user_id == user_id and match.image.deleted_at is None:
        return match.image
    async with opening:
        picture = await asyncio.to_thread(open_picture, data)
    return await keep(services, user_id, picture)


async def bring_mask(services: Services, user_id: int, data: bytes, size: tuple[int, int]) -> Image:
    """Keeps a mask for a picture of that size. Raises UnusablePicture or UnusableMask."""
    async with opening:
        mask = await asyncio.to_thread(open_mask, data, size)
    return await keep(services, user_id, mask)


async def keep(services: Services, user_id: int, picture: Pillow.Image) -> Image:
    """Stores a picture or a mask of a member, for nobody else to see."""
    data = await asyncio.to_thread(png, picture)
    mark = await asyncio.to_thread(fingerprint, picture)
    key = f"brought/{secrets.token_hex(16)}.png"
    await services.store.put(key, data)
    async with services.database.write() as session:
        now = await services.database.now(session)
        digest = sha256(data).hexdigest()
        width, height = picture.size
        return await images.bring(session, user_id, width, height, key, digest, now, mark)


async def read(upload: discord.Attachment) -> bytes:
    """The bytes of an upload, unless they are too many. Raises UnusablePicture."""
    if upload.size > LARGEST_FILE:
        raise UnusablePicture(f"That file is over {LARGEST_FILE >> 20} MiB; send a smaller one.")
    try:
        return await upload.read()
    except discord.HTTPException as error:
        raise UnusablePicture("That file can't be read any more; send it again.") from error


async def shown(services: Services, image: Image) -> Pillow.Image:
    """What its member may see of an image: the signed picture, or the one they brought."""
    return await _opened(services, image.signed_key or image.master_key)


async def mask_of(services: Services, image_id: int) -> Pillow.Image:
    """A mask that was kept."""
    async with services.database.read() as session:
        image = await images.get(session, image_id)
    assert image is not None
    return (await _opened(services, image.master_key)).convert("L")


async def _opened(services: Services, key: str) -> Pillow.Image:
    data = await services.store.get(key)
    return await asyncio.to_thread(lambda: Pillow.open(io.BytesIO(data)).convert("RGB"))


async def _of_job(interaction: Interaction, job_id: int, number: int) -> Image:
    database = services_of(interaction).database
    await job_of(database, interaction, job_id)
    async with database.read() as session:
        found: Sequence[Image] = await images.of_job(session, job_id)
    if len(found) < number or found[number - 1].deleted_at is not None:
        raise PictureGone
    return found[number - 1]


def png(picture: Pillow.Image) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
