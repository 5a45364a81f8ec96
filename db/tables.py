"""The tables of members, jobs and pictures. Knows their shape, not what is done with them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class State(StrEnum):
    """Where a job stands."""

    queued = "queued"  # waits for a worker
    running = "running"  # a worker holds its lease
    succeeded = "succeeded"  # its pictures are stored
    failed = "failed"  # three attempts went wrong; refunded
    cancelled = "cancelled"  # taken back; refunded
    rejected = "rejected"  # refused by the worker's checks; refunded


class Operation(StrEnum):
    """What a job makes."""

    text_to_image = "text_to_image"  # from a prompt alone
    variation = "variation"  # from one picture's embedding
    inpaint = "inpaint"  # repaints a masked region
    outpaint = "outpaint"  # paints past the border
    interpolate = "interpolate"  # between two pictures
    text_diff = "text_diff"  # moves a picture by two captions


class Moment(TypeDecorator[datetime]):
    """Aware UTC times on both databases; SQLite itself keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column of the very type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


class Table(DeclarativeBase):
    """The base of all tables; constraints are named, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# What the partial indexes of `jobs` hold. Queries repeat these words as they are: with a
# parameter in the place of a state the databases could not tell that an index fits.
QUEUED = text("state = 'queued'")
RUNNING = text("state = 'running'")
UNFINISHED = text("state IN ('queued', 'running')")
SUCCEEDED = text("state = 'succeeded'")
LEFT_BEHIND = text("user_id < 0 AND message_id IS NOT NULL")
KEPT = text("kept")
UNDELIVERED = text("finished_at IS NOT NULL AND delivered_at IS NULL")

CLICK = ["user_id", "source_message_id", "custom_id"]
"""One member, one button: at most one unfinished job."""


def partial_index(
    name: str, columns: Sequence[str], where: TextClause, unique: bool = False
) -> Index:
    """An index of only the rows for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class User(Table):
    """A member of any guild: one wallet, one place in the fair order.

    Below zero: somebody who had all that told of them deleted, and whom nobody knows any more.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("weight > 0", "weight"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    refill_at: Mapped[datetime] = mapped_column(Moment)
    weight: Mapped[float] = mapped_column(Float, default=1.0)
    vfinish: Mapped[float] = mapped_column(Float, default=0.0)


class Lot(Table):
    """Credits granted together, which expire together; of a purchase if they were bought."""

    __tablename__ = "lots"
    __table_args__ = (
        CheckConstraint("remaining >= 0", "remaining"),
        partial_index("ix_lots_left", ["user_id", "expires_at"], text("remaining > 0")),
    )
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]
    remaining: Mapped[int]
    purchase: Mapped[str | None] = mapped_column(String(100))
    granted_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)


class LedgerEntry(Table):
    """One change of a wallet, never altered. `parts` names the lots: [[lot id, amount], …]."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("job_id", "kind"),
        Index("ix_ledger_user_id", "user_id", "id"),
    )
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]
    parts: Mapped[list[list[int]]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment)


class Lane(Table):
    """The queue of one model: its virtual clock, and what the model can do."""

    __tablename__ = "lanes"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    v: Mapped[float] = mapped_column(Float, default=0.0)
    card: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a worker last told that it serves the lane."""


class Job(Table):
    """One request, from the queue to its message; a `private` one is its member's alone to see.

    One that is `kept` could be shown nowhere, and its member was not told so yet.
    """

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[str] = mapped_column(String(100), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    source_message_id: Mapped[int | None] = mapped_column(BigInteger)
    custom_id: Mapped[str | None] = mapped_column(String(100))
    operation: Mapped[Operation] = mapped_column(Enum(Operation, native_enum=False, length=20))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    lane: Mapped[str] = mapped_column(ForeignKey("lanes.name"))
    batch_key: Mapped[str] = mapped_column(String(200))
    cost: Mapped[int]
    vstart: Mapped[float] = mapped_column(Float)
    vfinish: Mapped[float] = mapped_column(Float)
    state: Mapped[State] = mapped_column(Enum(State, native_enum=False, length=10))
    attempt: Mapped[int] = mapped_column(default=0)
    worker_id: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    private: Mapped[bool] = mapped_column(default=False)
    kept: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        partial_index("ix_jobs_queued", ["lane", "vstart", "id"], QUEUED),
        partial_index("ix_jobs_running", ["lane", "lease_until"], RUNNING),
        partial_index("ix_jobs_measured", ["lane", "finished_at"], SUCCEEDED),
        partial_index("ix_jobs_made", ["user_id", "id"], SUCCEEDED),
        partial_index("ix_jobs_undelivered", ["finished_at"], UNDELIVERED),
        partial_index("ix_jobs_left_behind", ["id"], LEFT_BEHIND),
        partial_index("ix_jobs_kept", ["user_id"], KEPT),
        partial_index("uq_jobs_click", CLICK, UNFINISHED, unique=True),
    )


class Progress(Table):
    """How far a running job is: lossy, the latest wins."""

    __tablename__ = "progress"
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    step: Mapped[int]
    total: Mapped[int]
    preview: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Moment)


def number_of(job_id: int | None, index: int) -> str:
    """`12-3` is the third picture of request 12."""
    return f"{job_id}-{index + 1}"


def file_name(number: str, extension: str = "png") -> str:
    """How a picture of that number is called where it leaves."""
    return f"five-squares-{number}.{extension}"


class Image(Table):
    """One picture; its bytes lie in the image store.

    A job made it; or a member brought it, as a source or a mask. What was brought is theirs
    alone: it has no signed file, and never leaves.
    """

    __tablename__ = "images"
    __table_args__ = (UniqueConstraint("job_id", "index"),)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    brought_by: Mapped[int | None] = mapped_column(BigInteger, index=True)
    index: Mapped[int]
    seed: Mapped[int | None] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    master_key: Mapped[str] = mapped_column(String(300))
    signed_key: Mapped[str | None] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    shared_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def number(self) -> str:
        """How people name one that a job made."""
        return number_of(self.job_id, self.index)


class Authority(Table):
    """A worker's certificate, by which the signed metadata of its pictures are known for ours."""

    __tablename__ = "authorities"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    certificate: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class ImageParent(Table):
    """Which picture came from which."""

    __tablename__ = "image_parents"
    child_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, index=True)


class Favourite(Table):
    """A picture that a member starred."""

    __tablename__ = "favourites"
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Edit(Table):
    """A region being chosen: which picture is to be repainted, and as what. Nothing is charged.

    Who asks, and where, is kept as it was when it was begun: `role_ids`, the channel `above_id` a
    thread, whether the member `manages` the server, the `command`. `mask_id` is the mask that was
    uploaded or painted last. No id comes twice, also when its row is gone: links and jobs name it.
    """

    __tablename__ = "edits"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    above_id: Mapped[int | None] = mapped_column(BigInteger)
    role_ids: Mapped[list[int]] = mapped_column(JSON)
    manages: Mapped[bool] = mapped_column(default=False)
    command: Mapped[str] = mapped_column(String(40), default="")
    private: Mapped[bool] = mapped_column(default=False)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    mask_id: Mapped[int | None] = mapped_column(ForeignKey("images.id"))
    prompt: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
