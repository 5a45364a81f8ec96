"""A short form: why, and where there is a choice, which. Knows nothing of what is then done."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import discord

from bot.answers import Interaction, check_membership
from bot.buttons import Form

LONGEST = 500


@dataclass(frozen=True)
class Answer:
    """What was filled in; without a question, None and False."""

    reason: str
    choice: str | None = None
    ticked: bool = False


Act = Callable[[Interaction, Answer], Awaitable[None]]


class Ask(Form):
    """Asks for a reason, for one of the `choices` if there are any, and for a tick at `offer`.

    The tick is there from the start if it is `ticked`.

    `act` is called with the answer; what it raises is told to whoever filled the form in.
    """

    def __init__(
        self,
        title: str,
        question: str,
        act: Act,
        *,
        needed: bool = True,
        choices: Iterable[str] = (),
        offer: str = "",
        ticked: bool = False,
    ) -> None:
        super().__init__(title=title)
        self._act = act
        self._reason = discord.ui.TextInput[Any](
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            max_length=LONGEST,
            required=needed,
        )
        options = [discord.RadioGroupOption(label=choice, value=choice) for choice in choices]
        self._choice = discord.ui.RadioGroup[Any](custom_id="choice", options=options)
        self._tick = discord.ui.Checkbox[Any](custom_id="tick", default=ticked and bool(offer))
        if options:
            self.add_item(discord.ui.Label(text="For how long?", component=self._choice))
        self.add_item(discord.ui.Label(text=question, component=self._reason))
        if offer:
            self.add_item(discord.ui.Label(text=offer, component=self._tick))

    async def on_submit(self, interaction: Interaction) -> None:
        """Called by discord.py when the form is sent."""
        answer = Answer(self._reason.value.strip(), self._choice.value, self._tick.value)
        check_membership(interaction)
        await self._act(interaction, answer)
