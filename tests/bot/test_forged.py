"""Custom ids that nobody was given: each is one sentence for whoever sent it, and costs nothing."""

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


async def test_ids_of_nothing_are_one_sentence(studio: Studio) -> None:
    for custom_id in FORGED:
        said = await press(studio, custom_id)
        known = [words in said for words in ("don't know", "was deleted", "begun too long ago")]
        assert any(known) and "went wrong" not in said, (custom_id, said)
        assert await studio.balance() == 0, custom_id


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


async def test_no_button_breaks_on_numbers_of_nothing(studio: Studio) -> None:
    """Nor does it make a wallet, a job or a message that others see."""
    for count, button in enumerate(NUMBERED, 1):
        result = await studio.forge(forged(button), plain=button is Accept)
        said = [m for m in (result.response, *result.followups) if m is not None]
        assert not any("went wrong" in text_of(message) for message in said), button
        assert await studio.balance() == 0 and len(studio.channel.history()) == count, button


def test_ids_of_no_button_are_nobodys() -> None:
    patterns = [button.__discord_ui_compiled_template__ for button in BUTTONS]
    for custom_id in ("u:-1", "u:1e3", "again:", f"v:{'9' * 60}", "nothing:1"):
        assert not any(pattern.fullmatch(custom_id) for pattern in patterns), custom_id


async def test_what_is_another_members_is_not_mine(studio: Studio) -> None:
    await studio.imagine(member=studio.bob)
    for button in ("cancel:1", "drop:1", "del:1", "delete:1", "rm:1"):
        assert "Only whoever asked for these pictures" in await press(studio, button)
    assert (await studio.job()).finished_at is None
