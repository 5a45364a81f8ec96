"""What every message that the bot lays out is built with. Knows nothing of what is in it."""

from typing import Any

import discord

Item = discord.ui.Item[Any]
"""A text, a picture, a row of buttons: whatever a layout takes."""


def page(text: str) -> discord.ui.LayoutView:
    """Text alone, of up to 4,000 characters."""
    return layout(discord.ui.TextDisplay(text))


def layout(*items: Item) -> discord.ui.LayoutView:
    """The items below each other. Without a timeout: the buttons answer for themselves."""
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view
