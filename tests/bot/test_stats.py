"""Charts that moderators post, and what they say to who doesn't see them."""

import io

import pytest
from PIL import Image as Pillow

from bot.charts import COLOURS, Panel, draw
from tests.bot.studio import Studio, text_of, walk


def colours_of(png: bytes) -> set[str]:
    with Pillow.open(io.BytesIO(png)) as picture:
        found = picture.convert("RGB").getcolors(2**24)
    return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in found}


async def test_moderators_post_charts(studio: Studio) -> None:
    await studio.finished(images=3)
    await studio.imagine("a crate of contraband")
    result = await studio.moderator.slash(studio.channel, "stats pictures", days=7)
    message = result.followups[0] if result.followups else result.response
    assert not result.ephemeral
    assert "The last 7 days" in text_of(message) and "3 pictures, 1 refusal." in text_of(message)
    [shown] = [item for c in walk(message) if c["type"] == 12 for item in c["items"]]
    assert shown["description"].startswith("3 pictures, 1 refusal.")
    [posted] = studio.channel.history(viewer=studio.bob)[-1].attachments
    data = await posted.read()
    assert Pillow.open(io.BytesIO(data)).size == (1200, 600)
    assert COLOURS[0] in colours_of(data)


async def test_a_server_without_a_picture_has_charts_too(studio: Studio) -> None:
    result = await studio.moderator.slash(studio.channel, "stats pictures")
    message = result.followups[0] if result.followups else result.response
    assert "0 pictures, 0 refusals." in text_of(message)


async def test_only_moderators(studio: Studio) -> None:
    for command in studio.env.backend.commands[None].values():
        command["default_member_permissions"] = None
    result = await studio.bob.slash(studio.channel, "stats pictures")
    assert result.ephemeral and "Only members who may manage messages" in text_of(result.response)


@pytest.mark.parametrize("bars", [True, False])
def test_every_series_is_drawn(bars: bool) -> None:
    panel = Panel("Two", ["a", "b", "c"], {"one": [1, None, 3], "two": [2, 2, 2]}, bars=bars)
    assert set(COLOURS[:2]) <= colours_of(draw([panel, panel, panel]))
