"""The words around packs and gifts."""

from bot.presenters.text import count, member
from config import CreditsConfig


def pack(prices: CreditsConfig) -> str:
    """What a pack holds and costs."""
    return (
        f"## {count(prices.pack_credits, 'credit')} for US${prices.pack_price_usd:,.2f}\n"
        f"Good for {count(prices.pack_months, 'month')}. Of all your credits those that expire "
        "soonest are spent first."
    ).replace(".00", "")


def ask_moderators(prices: CreditsConfig) -> str:
    """Where packs are handed out."""
    return f"{pack(prices)}\nPacks are handed out by the moderators here: ask one of them."


def thanks(amount: int, months: int) -> str:
    """The letter to who has a new pack."""
    return f"You have {count(amount, 'new credit')}, good for {count(months, 'month')}. Thank you!"


def revoked(taken: int) -> str:
    """The letter to whose sale was undone."""
    left = f"The {count(taken, 'credit')} that you had left of it" if taken else "No credits"
    return (
        f"Discord has undone the sale of a pack of credits to you, as it does with a refund. "
        f"{left} {'were' if taken != 1 else 'was'} taken back; `/credits` shows what you have."
    )


def granted(user_id: int, amount: int) -> str:
    """The answer to the moderator who handed out."""
    return f"{member(user_id)} has {count(amount, 'new credit')}, and gets a message about it."


def given(taker_id: int, amount: int) -> str:
    """The answer to the giver."""
    return f"You gave {count(amount, 'credit')} to {member(taker_id)}."


def gift(giver: str, amount: int) -> str:
    """The letter to who was given something."""
    return f"{giver} gave you {count(amount, 'credit')}. `/credits` shows until when."


def unknown_sku(sku_id: int, entitlement_id: int) -> str:
    """The letter to the host about something sold that nobody told the bot of."""
    return (
        f"Somebody bought something at Discord that I don't know: SKU {sku_id}, entitlement "
        f"{entitlement_id}. If it is the pack, set `pack_sku` in config.toml; otherwise please "
        "see to it by hand. No credits were granted."
    )
