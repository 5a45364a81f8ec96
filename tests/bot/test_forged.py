"""Custom ids that nobody was given: each is one sentence for whoever sent it, and costs nothing."""

import pytest

from bot.buttons import IdButton
from bot.client import BUTTONS
from bot.welcome import Accept
from tests.bot.studio import Studio, answer_of, text_of

HUGE = "9" * 18
FORGED = [
    *(f"{name}:{HUGE}" for name in ("u", "v", "orig", "star", "area")),
    *(f"{name}:{HUGE}" for name in ("again", "cancel", "del", "prompt", "info", "save", "drop")),
    f"rm:{HUGE}", f"why:{HUGE}", f"paint:{HUGE}:3", f"cell:{HUGE}:1:2", f"upmask:{HUGE}",
    "u:0", "again:0",
]  # fmt: skip


async def press(studio: Studio, custom_id: str) -> str:
    """The answer to a button of that id below one of the bot's messages; empty for none."""
    result = await studio.forge(custom_id)
    if result.response is None and not result.followups:
        return ""
    answer = answer_of(result)
    assert answer.ephemeral
    return text_of(answer)


@pytest.mark.parametrize("custom_id", FORGED)
async def test_ids_of_nothing_are_one_sentence(studio: Studio, custom_id: str) -> None:
    said = await press(studio, custom_id)

    assert "went wrong" not in said
    assert any(words in said for words in ("don't know", "was deleted", "begun too long ago"))
    assert await studio.balance() == 0


def forged(button: type[IdButton]) -> str:
    """An id that the button would take for its own, with numbers of nothing in it."""
    pattern = button.__discord_ui_compiled_template__
    parts = button(*[3] * pattern.groups).custom_id.split(":")
    for n, part in enumerate(parts):
        huge = ":".join([*parts[:n], HUGE, *parts[n + 1 :]])
        if part == "3" and pattern.fullmatch(huge):
            parts[n] = HUGE
    return ":".join(parts)


NUMBERED = [
    button
    for button in BUTTONS
    if issubclass(button, IdButton) and button.__discord_ui_compiled_template__.groups
]


@pytest.mark.parametrize("button", NUMBERED, ids=lambda button: button.__name__)
async def test_no_button_breaks_on_numbers_of_nothing(
    studio: Studio, button: type[IdButton]
) -> None:
    """Nor does it make a wallet, a job or a message that others see."""
    result = await studio.forge(forged(button), plain=button is Accept)
    said = [m for m in (result.response, *result.followups) if m is not None]

    assert not any("went wrong" in text_of(message) for message in said)
    assert await studio.balance() == 0 and len(studio.channel.history()) == 1


@pytest.mark.parametrize("custom_id", ["u:-1", "u:1e3", "again:", f"v:{'9' * 60}", "nothing:1"])
async def test_ids_of_no_button_are_nobodys(studio: Studio, custom_id: str) -> None:
    patterns = [button.__discord_ui_compiled_template__ for button in BUTTONS]
    assert not any(pattern.fullmatch(custom_id) for pattern in patterns)


async def test_what_is_another_members_is_not_mine(studio: Studio) -> None:
    await studio.imagine(member=studio.bob)
    for button in ("cancel:1", "drop:1", "del:1", "rm:1"):
        assert "Only whoever asked for these pictures" in await press(studio, button)
    assert (await studio.job()).finished_at is None
