"""What is said of where a picture is from; nothing of who asked for it."""

from bot.presenters.text import count, date, escape
from db.registry import Match
from fingerprint import BITS
from manifest import Manifest, Standing
from verification import Verification


def verified(found: Verification) -> str:
    """The answer in one line, then what each of the two found."""
    return f"{_answer(found)}\n- {_manifest(found.manifest)}\n- {_registry(found.match)}"


def _answer(found: Verification) -> str:
    if found.made_here:
        return "### 🟢 This picture was made here, by AI"
    if found.match is not None:
        return "### 🟡 This is probably a copy of a picture made here, by AI"
    if found.manifest is not None and found.manifest.made_by_ai:
        return "### 🟡 This picture says it was made by AI; where, I can't tell"
    return "### ⚪ I don't know this picture\nThat does not prove that it is real."


def _manifest(found: Manifest | None) -> str:
    head = "**Signed metadata:**"
    if found is None:
        return f"{head} none. Screenshots, previews and many sites drop them."
    match found.standing:
        case Standing.trusted:
            told = found.told
            parents = f", from {count(found.parents, 'other picture')}" if found.parents else ""
            return (
                f"{head} signed by this bot and unchanged: {escape(told.get('system', '?'))}, "
                f"{escape(told.get('time', '?'))}{parents}. Id `{escape(told.get('id', '?'))}`."
            )
        case Standing.unknown:
            return (
                f"{head} signed by somebody whom I can't vouch for, who says to be "
                f"*{escape(found.signer)}*."
            )
        case Standing.altered:
            return f"{head} there are some, but the file was changed after it was signed."
        case Standing.damaged:
            return f"{head} there are some, but they are damaged."


def _registry(found: Match | None) -> str:
    head = "**My own records:**"
    if found is None:
        return f"{head} no picture that looks like it. A crop or a drawing over it would hide it."
    made = f"{date(found.image.created_at)} (picture `{found.image.number}`)"
    if found.exact:
        return f"{head} byte for byte a file that I made on {made}."
    return f"{head} it looks like one that I made on {made}: {found.bits} of {BITS} marks differ."
