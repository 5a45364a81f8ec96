"""What a member can do about a case of their own: appeal. Knows nothing of what moderators see."""

from bot.answers import Interaction, services_of
from bot.buttons import IdButton
from bot.moderation.ask import Answer, Ask
from bot.presenters import record as texts
from db import cases, flags


class Appeal(IdButton, template=r"appeal:(\d{1,18})"):
    """Asks why the decision was wrong, and opens the case for another moderator."""

    def __init__(self, case: int, numbered: bool = False) -> None:
        super().__init__(f"appeal:{case}", f"Appeal {case}" if numbered else "Appeal")
        self.case = case

    async def press(self, interaction: Interaction) -> None:
        """Only for the member whom the case is about, once, also where they hear of it by mail."""
        async with services_of(interaction).database.read() as session:
            flag = await cases.find(session, self.case)
        cases.check_may_appeal(flag, interaction.user.id)
        form = Ask(f"Appeal: case {self.case}", "What did you mean by it?", self.act)
        await interaction.response.send_modal(form)

    async def act(self, interaction: Interaction, answer: Answer) -> None:
        """Notes the appeal, once."""
        database = services_of(interaction).database
        async with database.write() as session:
            now = await database.now(session)
            flag = await cases.find(session, self.case)
            await cases.appeal(session, flag, interaction.user.id, answer.reason, now)
            await flags.post_again(session, flag.id)
        await interaction.response.send_message(texts.appealed(self.case), ephemeral=True)


BUTTONS = (Appeal,)
