"""A server's cases as a list that one moderator sees, narrowed as they like, page by page."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord

from bot.answers import Interaction, check_moderator, services_of
from bot.buttons import IdButton
from bot.layout import Item, layout
from bot.moderation.cases import OpenCase
from bot.moderation.moderator import link
from bot.policy import CATEGORY_NAMES, PICTURE_CATEGORIES
from bot.presenters import case as texts
from db import flags
from db.flag_tables import CaseState
from db.flags import UNDECIDED, Search

SHOWN = 6
STATES = {
    "": (),
    "open": UNDECIDED,
    "upheld": (CaseState.upheld,),
    "overturned": (CaseState.overturned,),
    "appealed": UNDECIDED,
}
"""Older buttons count along these: new ones come last."""
TITLES = {
    "": "All cases",
    "open": "Open cases",
    "upheld": "Upheld",
    "overturned": "Overturned",
    "appealed": "Open appeals",
}
CATEGORIES = ("", *CATEGORY_NAMES, *PICTURE_CATEGORIES)


@dataclass(frozen=True)
class Filter:
    """What a moderator looks for. Words are left out of the pages' buttons: they don't fit."""

    state: str = ""
    category: str = ""
    user_id: int = 0
    days: int = 0
    words: str = ""

    def search(self, now: datetime) -> Search:
        """The same for the database."""
        return Search(
            STATES[self.state],
            self.category or None,
            self.user_id or None,
            now - timedelta(days=self.days) if self.days else None,
            self.words,
            self.state == "appealed",
        )


class Older(IdButton, template=r"cases:(\d{1,18}):(\d):(\d{1,2}):(\d{1,20}):(\d{1,4})"):
    """Turns the page."""

    def __init__(self, before: int, state: int, category: int, user_id: int, days: int) -> None:
        super().__init__(f"cases:{before}:{state}:{category}:{user_id}:{days}", "Older")
        self.before, self.numbers = before, (state, category, user_id, days)

    @classmethod
    def after(cls, last: int, wanted: Filter) -> "Older":
        """The button below the case of that number."""
        state = list(STATES).index(wanted.state)
        category = CATEGORIES.index(wanted.category)
        return cls(last, state, category, wanted.user_id, wanted.days)

    async def press(self, interaction: Interaction) -> None:
        """Only for moderators, whoever could see the list before."""
        guild_id = check_moderator(interaction)
        state, category, user_id, days = self.numbers
        names = dict(enumerate(STATES)), dict(enumerate(CATEGORIES))
        wanted = Filter(names[0].get(state, ""), names[1].get(category, ""), user_id, days)
        view = await cases_of(interaction, guild_id, wanted, self.before)
        await interaction.response.edit_message(view=view)


BUTTONS = (Older,)


async def cases_of(
    interaction: Interaction, guild_id: int, wanted: Filter, before: int | None = None
) -> discord.ui.LayoutView:
    """A page of the cases wanted, the newest first, each with a button that opens its card.

    Below them is the way to the page for long reviews, for this moderator alone.
    """
    database = services_of(interaction).database
    async with database.read() as session:
        search = wanted.search(await database.now(session))
        total = await flags.count(session, guild_id, search)
        appeals = await flags.count(session, guild_id, replace(search, appealed=True))
        found = await flags.find(session, guild_id, search, SHOWN + 1, before)
    shown = found[:SHOWN]
    head = texts.listed(total, TITLES[wanted.state], appeals if wanted.state == "open" else 0)
    items: list[Item] = [discord.ui.TextDisplay(head)]
    items += [discord.ui.Section(texts.line(flag), accessory=OpenCase(flag.id)) for flag in shown]
    if len(found) > SHOWN and wanted.words:
        items.append(discord.ui.TextDisplay(texts.narrow()))
    row: list[Item] = []
    if len(found) > SHOWN and not wanted.words:
        row.append(Older.after(shown[-1].id, wanted))
    if address := link(interaction):
        row.append(discord.ui.Button(label="Review in the browser", url=address))
    if row:
        items.append(discord.ui.ActionRow(*row))
    return layout(*items)
