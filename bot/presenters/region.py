"""The words around choosing the region to repaint."""

from bot.presenters.text import escape
from db.tables import Edit

FORM_TITLE = "Edit an area"
FORM_LABELS = (
    ("What to show", "Describe the whole picture as it should look afterwards."),
    ("A mask, if you have one", "A PNG: transparent, or else white, is what is painted anew."),
)
MASK_TITLE = "Upload a mask"
UPLOAD = "Upload a mask"
CONFIRM = "Paint it"
PAGE = "Mark it by hand"
FIELDS = (
    "top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom",
    "bottom right",
)  # fmt: skip
CELLS = ("↖️", "⬆️", "↗️", "⬅️", "⏺️", "➡️", "↙️", "⬇️", "↘️")


def panel(edit: Edit, marked: bool) -> str:
    """What the member is to do next."""
    todo = (
        "The pink part is painted anew, the rest stays. You are charged only when you confirm."
        if marked
        else "Which part should be painted anew? Choose with the buttons below."
    )
    return f"**{escape(edit.prompt)}**\n{todo}"


def channel_link(edit: Edit) -> str:
    """Where the edit was begun."""
    guild_id = None if edit.private else edit.guild_id
    return f"https://discord.com/channels/{guild_id or '@me'}/{edit.channel_id}"


def confirmed() -> str:
    """What is left of the panel."""
    return "🖌️ It is on its way."


def on_its_way() -> str:
    """What the page says at the end."""
    return "It is on its way: the pictures will be posted where you began."


def alt_text(cells: int, by_mask: bool) -> str:
    """What a screen reader says of the picture in the panel."""
    if by_mask:
        return "Your picture; what is painted anew is pink"
    marked = [name for cell, name in enumerate(FIELDS) if cells >> cell & 1]
    told = f"; marked: {', '.join(marked)}" if marked else ""
    return f"Your picture, divided into three by three fields{told}"
