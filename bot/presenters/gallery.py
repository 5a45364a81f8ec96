"""The words of `/history` and `/show`."""

from bot.presenters.text import count, member
from db.tables import Operation

FILTERS = {
    "all": "Everything",
    "starred": "⭐ Favourites",
    Operation.text_to_image: "From words",
    Operation.variation: "Variations",
    Operation.inpaint: "Edited regions",
    Operation.outpaint: "Extensions",
    Operation.interpolate: "Blends",
    Operation.text_diff: "Changes by words",
}
"""What a history can be narrowed to."""
OPEN = "Open a picture"
NARROW = "Show only"
NEWER, OLDER = "Newer", "Older"


def head(owner_id: int, mine: bool, kind: str, total: int, page: int, pages: int) -> str:
    """Whose pictures, which, how many, and where in them one is."""
    whose = "Your pictures" if mine else f"Pictures of {member(owner_id)}"
    which = "" if kind == "all" else f" · {FILTERS[kind]}"
    if not total:
        return f"## {whose}{which}\n{_nothing(mine, kind)}"
    where = f" · page {page} of {pages}" if pages > 1 else ""
    return f"## {whose}{which}\n-# {count(total, 'picture')}{where}"


def _nothing(mine: bool, kind: str) -> str:
    if kind == "starred":
        return "None yet: ⭐ under a single picture keeps it here."
    if kind != "all":
        return "None of that kind."
    return "None yet: `/imagine` makes some." if mine else "None that you can see from here."
