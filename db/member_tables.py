"""The tables of who may come in and what they agreed to, of letters, copies, packs and gifts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.flag_tables import Table
from db.tables import Moment, RowId, partial_index

UNSENT = text("sent_at IS NULL")
DUE = text("due")


class Admission(Table):
    """A member on a server's waiting list, or let in from it."""

    __tablename__ = "admissions"
    __table_args__ = (Index("ix_admissions_waiting", "guild_id", "admitted_at", "joined_at"),)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    joined_at: Mapped[datetime] = mapped_column(Moment)
    admitted_at: Mapped[datetime | None] = mapped_column(Moment)
    admitted_by: Mapped[int | None] = mapped_column(BigInteger)


class Acceptance(Table):
    """A member who read the rules and accepted them."""

    __tablename__ = "acceptances"
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)


class Wish(Table):
    """A request that waits until its member has accepted the rules. Nothing is charged."""

    __tablename__ = "wishes"
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    request_id: Mapped[str] = mapped_column(String(100))
    command: Mapped[str] = mapped_column(String(40))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    private: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Letter(Table):
    """A direct message to be sent; without a member it is for the host."""

    __tablename__ = "letters"
    __table_args__ = (partial_index("ix_letters_unsent", ["id"], UNSENT),)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


class Purchase(Table):
    """A pack that was bought or handed out; its key makes it one, however often it is reported.

    Without credits it is one that is not known here. `consumed_at` says when the shop took note,
    `revoked_at` when it undid the sale.
    """

    __tablename__ = "purchases"
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    credits: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    consumed_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Copy(Table):
    """A message of the bot that shows a picture beside its job's own; `due` when it is to go.

    It is `shared` in a showcase.
    """

    __tablename__ = "copies"
    __table_args__ = (partial_index("ix_copies_due", ["message_id"], DUE),)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), index=True)
    due: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())


class Gift(Table):
    """Credits that a member gave to another; the request's id makes it one."""

    __tablename__ = "gifts"
    request_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    giver_id: Mapped[int] = mapped_column(BigInteger)
    taker_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)


__all__ = ["Acceptance", "Admission", "Copy", "Gift", "Letter", "Purchase", "Table", "Wish"]
