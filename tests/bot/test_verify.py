"""`/verify image`: what is said of ours, of copies, of others', and of what is no picture."""

import io

import pytest
from PIL import Image as Pillow

from bot.presenters.verify import verified
from manifest import Manifest, Standing
from tests.bot.moderation.casework import said
from tests.bot.studio import Studio, painted, text_of
from verification import Verification

NOISE = painted(64, noise=True)


async def ask(studio: Studio, data: bytes) -> str:
    result = await studio.bob.slash(studio.channel, "verify image", image=("it.png", data))
    assert result.ephemeral
    return text_of(said(result))


async def test_a_picture_made_here_and_a_copy_of_it(studio: Studio) -> None:
    await studio.imagine("a red cube", images=1)
    await studio.worker.work(picture=NOISE)
    ours = await ask(studio, NOISE)
    assert "🟢 This picture was made here" in ours
    assert "byte for byte" in ours and "picture `1-1`" in ours
    assert "cube" not in ours and str(studio.alice.id) not in ours

    out = io.BytesIO()
    Pillow.open(io.BytesIO(NOISE)).resize((150, 150)).save(out, "JPEG", quality=60)
    copy = await ask(studio, out.getvalue())
    assert "🟡 This is probably a copy" in copy and "of 256 marks differ" in copy


async def test_what_is_not_known_proves_nothing(studio: Studio) -> None:
    text = await ask(studio, painted(64, noise=True))
    assert "I don't know this picture" in text and "does not prove that it is real" in text


async def test_what_is_no_picture_is_one_sentence(studio: Studio) -> None:
    for data, words in ((b"nonsense", "no PNG, JPEG or WebP"), (NOISE[:200], "damaged")):
        text = await ask(studio, data)
        assert words in text and "\n" not in text


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (
            Standing.trusted,
            ["🟢", "signed by this bot and unchanged: mini", "from 2 other"],
        ),
        (Standing.unknown, ["🟡", r"who says to be *Five\_Squares*"]),
        (Standing.altered, ["🟡", "changed after it was signed"]),
        (Standing.damaged, ["🟡", "damaged"]),
    ],
)
def test_what_signed_metadata_say(standing: Standing, words: list[str]) -> None:
    told = {"system": "mini", "time": "2026-03-10T12:00:00Z", "id": "ab"}
    found = Manifest(standing, "Five_Squares", True, 2, told)
    text = verified(Verification(found, None, True))
    assert all(word in text for word in words)
