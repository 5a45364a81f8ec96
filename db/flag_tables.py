"""The tables of moderation: flags and what became of them, blocks, and a server's own choices."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Enum,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.tables import Moment, RowId, Table, partial_index


class CaseState(StrEnum):
    """Where a flag stands with the moderators."""

    open = "open"  # nobody has looked yet, or its member appealed
    claimed = "claimed"  # a moderator looks into it
    upheld = "upheld"  # a moderator agreed with the policy
    overturned = "overturned"  # it was harmless; it counts for nothing


class Deed(StrEnum):
    """What can happen to a case. Its history grows by these and loses none."""

    reported = "reported"  # by a member
    again = "again"  # the member tried nearly the same once more
    claimed = "claimed"
    upheld = "upheld"
    overturned = "overturned"
    allowed = "allowed"  # the prompt, or the upload, passes in this server from now on
    warned = "warned"
    blocked = "blocked"
    unblocked = "unblocked"
    timed_out = "timed_out"
    picture_deleted = "picture_deleted"
    picture_banned = "picture_banned"  # near copies are refused from now on
    noted = "noted"
    appealed = "appealed"


UNPOSTED = text("posted_at IS NULL")


class Flag(Table):
    """A prompt or picture that the policy or a member noticed: a case, numbered by its id.

    `prompt` and `normalised` are emptied when their time is over; the counts stay.
    """

    __tablename__ = "flags"
    __table_args__ = (
        Index("ix_flags_guild_id", "guild_id", "id"),
        Index("ix_flags_user_id", "user_id", "created_at"),
        partial_index("ix_flags_unposted", ["id"], UNPOSTED),
    )
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    command: Mapped[str] = mapped_column(String(40), default="")
    stage: Mapped[str] = mapped_column(String(20))
    category: Mapped[str | None] = mapped_column(String(40))
    rule: Mapped[str | None] = mapped_column(String(100))
    span: Mapped[list[int] | None] = mapped_column(JSON)
    prompt: Mapped[str] = mapped_column(Text)
    normalised: Mapped[str] = mapped_column(Text, default="")
    scores: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    evidence_key: Mapped[str | None] = mapped_column(String(300))
    action: Mapped[str] = mapped_column(String(10))
    points: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=1)
    state: Mapped[CaseState] = mapped_column(
        Enum(CaseState, native_enum=False, length=10), default=CaseState.open
    )
    handler_id: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    appealed_at: Mapped[datetime | None] = mapped_column(Moment)
    card_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    card_message_id: Mapped[int | None] = mapped_column(BigInteger)
    posted_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class FlagEntry(Table):
    """One line of a case's history, never altered. Without an actor the bot itself did it."""

    __tablename__ = "flag_entries"
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flags.id"), index=True)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    deed: Mapped[Deed] = mapped_column(Enum(Deed, native_enum=False, length=20))
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Moment)


class Block(Table):
    """A member who may not use the bot in a server; without `until` for good."""

    __tablename__ = "blocks"
    __table_args__ = (Index("ix_blocks_user_id", "user_id", "guild_id"),)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    flag_id: Mapped[int | None] = mapped_column(ForeignKey("flags.id"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    lifted_by: Mapped[int | None] = mapped_column(BigInteger)


class Ban(Table):
    """A picture that moderators don't want in their server; near copies are known by its looks."""

    __tablename__ = "bans"
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger, index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    flag_id: Mapped[int | None] = mapped_column(ForeignKey("flags.id"))
    actor_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Moment)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    lifted_by: Mapped[int | None] = mapped_column(BigInteger)


class Allowance(Table):
    """What moderators let pass in their server: a prompt, as the policy reads it, or an upload."""

    __tablename__ = "allowances"
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flags.id"))
    actor_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Moment)


class Spoilers(StrEnum):
    """Which pictures of a server are hidden until one clicks on them."""

    never = "never"
    flagged = "flagged"  # those whose prompt the policy let through with a case
    always = "always"


class Access(StrEnum):
    """Who may ask for pictures in a server."""

    testers = "testers"  # those whom the moderators let in
    waitlist = "waitlist"  # the same, and everybody may ask to be let in
    open = "open"  # everybody


class Guild(Table):
    """What has been chosen for a server.

    `channels` are those in which pictures may be asked for; an empty list means all. `actions` say
    what happens to prompts of a category; `automod` is a copy of the server's own rules.
    """

    __tablename__ = "guilds"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    mod_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    showcase_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    channels: Mapped[list[int]] = mapped_column(JSON, default=list)
    spoilers: Mapped[Spoilers] = mapped_column(
        Enum(Spoilers, native_enum=False, length=10), default=Spoilers.never
    )
    owner_only: Mapped[bool] = mapped_column(default=False)
    access: Mapped[Access] = mapped_column(
        Enum(Access, native_enum=False, length=10), default=Access.open
    )
    paused: Mapped[bool] = mapped_column(default=False)
    actions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    steering: Mapped[bool] = mapped_column(default=True)
    automod: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class GuildName(Table):
    """A person whom a server protects beside those listed, or, of those listed, does not."""

    __tablename__ = "guild_names"
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    added: Mapped[bool]
    actor_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Moment)


class GuildRole(Table):
    """What the members with a role may do; see `db.guilds.Rights`.

    The role that all members have bears the server's own id.
    """

    __tablename__ = "guild_roles"
    __table_args__ = (CheckConstraint("weight > 0", "weight"),)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    role_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    weight: Mapped[float] = mapped_column(Float, default=1.0)
    concurrent: Mapped[int | None]
    cooldown: Mapped[int] = mapped_column(default=0)
    operations: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


__all__ = [
    "Access",
    "Allowance",
    "Ban",
    "Block",
    "CaseState",
    "Deed",
    "Flag",
    "FlagEntry",
    "Guild",
    "GuildName",
    "GuildRole",
    "Spoilers",
    "Table",
]
