"""the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Members and their credits; jobs and their pictures; flags and servers."""
    _members()
    _jobs()
    _credits()
    _pictures()
    _choices()
    _flags()
    _decisions()
    _guilds()
    _members_coming_in()
    _letters()
    _packs()


def _members() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("refill_at", MOMENT, nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("vfinish", sa.Float(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_users_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )


def _jobs() -> None:
    op.create_table(
        "lanes",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("v", sa.Float(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lanes")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("request_id", sa.String(100), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("source_message_id", sa.BigInteger(), nullable=True),
        sa.Column("custom_id", sa.String(100), nullable=True),
        sa.Column("operation", sa.String(20), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("lane", sa.String(200), nullable=False),
        sa.Column("batch_key", sa.String(200), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("vstart", sa.Float(), nullable=False),
        sa.Column("vfinish", sa.Float(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.String(100), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_jobs_user_id")),
        sa.ForeignKeyConstraint(["lane"], ["lanes.name"], name=op.f("fk_jobs_lane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("request_id", name=op.f("uq_jobs_request_id")),
    )
    _partial_index("ix_jobs_queued", ["lane", "vstart", "id"], "state = 'queued'")
    _partial_index("ix_jobs_running", ["lane", "lease_until"], "state = 'running'")
    _partial_index("ix_jobs_measured", ["lane", "finished_at"], "state = 'succeeded'")
    _partial_index("ix_jobs_kept", ["user_id"], "kept")
    _partial_index("ix_jobs_made", ["user_id", "id"], "state = 'succeeded'")
    _partial_index(
        "ix_jobs_undelivered", ["finished_at"], "finished_at IS NOT NULL AND delivered_at IS NULL"
    )
    _partial_index("ix_jobs_left_behind", ["id"], "user_id < 0 AND message_id IS NOT NULL")
    _partial_index(
        "uq_jobs_click",
        ["user_id", "source_message_id", "custom_id"],
        "state IN ('queued', 'running')",
        unique=True,
    )
    op.create_table(
        "progress",
        sa.Column("job_id", ROW_ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("preview", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_progress_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_progress")),
    )


def _credits() -> None:
    op.create_table(
        "lots",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("purchase", sa.String(100), nullable=True),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_lots_remaining")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_lots_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
    )
    op.create_index(
        "ix_lots_left",
        "lots",
        ["user_id", "expires_at"],
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", ROW_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_ledger_user_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_ledger_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("job_id", "kind", name=op.f("uq_ledger_job_id_kind")),
    )
    op.create_index("ix_ledger_user_id", "ledger", ["user_id", "id"])


def _pictures() -> None:
    op.create_table(
        "images",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("job_id", ROW_ID, nullable=True),
        sa.Column("brought_by", sa.BigInteger(), nullable=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("master_key", sa.String(300), nullable=False),
        sa.Column("signed_key", sa.String(300), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("shared_at", MOMENT, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_images_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_images")),
        sa.UniqueConstraint("job_id", "index", name=op.f("uq_images_job_id_index")),
    )
    op.create_table(
        "authorities",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authorities")),
    )
    op.create_index("ix_images_brought_by", "images", ["brought_by"])
    op.create_index("ix_images_sha256", "images", ["sha256"])
    op.create_table(
        "image_parents",
        sa.Column("child_id", ROW_ID, nullable=False),
        sa.Column("parent_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["images.id"], name=op.f("fk_image_parents_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["images.id"], name=op.f("fk_image_parents_parent_id")
        ),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name=op.f("pk_image_parents")),
    )
    op.create_index("ix_image_parents_parent_id", "image_parents", ["parent_id"])


def _choices() -> None:
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_favourites_image_id")),
        sa.PrimaryKeyConstraint("user_id", "image_id", name=op.f("pk_favourites")),
    )
    op.create_table(
        "copies",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_copies_image_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_copies")),
    )
    op.create_index("ix_copies_image_id", "copies", ["image_id"])
    _partial_index("ix_copies_due", ["message_id"], "due", table="copies")
    op.create_table(
        "edits",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("above_id", sa.BigInteger(), nullable=True),
        sa.Column("role_ids", sa.JSON(), nullable=False),
        sa.Column("manages", sa.Boolean(), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("mask_id", ROW_ID, nullable=True),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_edits_image_id")),
        sa.ForeignKeyConstraint(["mask_id"], ["images.id"], name=op.f("fk_edits_mask_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_edits_user_id", "edits", ["user_id"])
    op.create_index("ix_edits_created_at", "edits", ["created_at"])


def _flags() -> None:
    op.create_table(
        "flags",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", ROW_ID, nullable=True),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("category", sa.String(40), nullable=True),
        sa.Column("rule", sa.String(100), nullable=True),
        sa.Column("span", sa.JSON(), nullable=True),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("normalised", sa.Text(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("evidence_key", sa.String(300), nullable=True),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("handler_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("card_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("card_message_id", sa.BigInteger(), nullable=True),
        sa.Column("posted_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_flags_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    op.create_index("ix_flags_user_id", "flags", ["user_id", "created_at"])
    op.create_index("ix_flags_guild_id", "flags", ["guild_id", "id"])
    op.create_index("ix_flags_job_id", "flags", ["job_id"])
    _partial_index("ix_flags_unposted", ["id"], "posted_at IS NULL", table="flags")


def _decisions() -> None:
    op.create_table(
        "flag_entries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("flag_id", ROW_ID, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name=op.f("fk_flag_entries_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_entries")),
    )
    op.create_index("ix_flag_entries_flag_id", "flag_entries", ["flag_id"])
    op.create_table(
        "blocks",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("flag_id", ROW_ID, nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name=op.f("fk_blocks_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_user_id", "blocks", ["user_id", "guild_id"])
    op.create_table(
        "bans",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("flag_id", ROW_ID, nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name=op.f("fk_bans_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bans")),
    )
    op.create_index("ix_bans_guild_id", "bans", ["guild_id"])


def _guilds() -> None:
    op.create_table(
        "allowances",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("flag_id", ROW_ID, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name=op.f("fk_allowances_flag_id")),
        sa.PrimaryKeyConstraint("guild_id", "digest", name=op.f("pk_allowances")),
    )
    op.create_table(
        "guilds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mod_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("showcase_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("spoilers", sa.String(10), nullable=False),
        sa.Column("owner_only", sa.Boolean(), nullable=False),
        sa.Column("access", sa.String(10), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("steering", sa.Boolean(), nullable=False),
        sa.Column("automod", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guilds")),
    )
    op.create_table(
        "guild_names",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "name", name=op.f("pk_guild_names")),
    )
    op.create_table(
        "guild_roles",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("concurrent", sa.Integer(), nullable=True),
        sa.Column("cooldown", sa.Integer(), nullable=False),
        sa.Column("operations", sa.JSON(), nullable=True),
        sa.CheckConstraint("weight > 0", name=op.f("ck_guild_roles_weight")),
        sa.PrimaryKeyConstraint("guild_id", "role_id", name=op.f("pk_guild_roles")),
    )


def _members_coming_in() -> None:
    op.create_table(
        "admissions",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("admitted_at", MOMENT, nullable=True),
        sa.Column("admitted_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_admissions")),
    )
    op.create_index("ix_admissions_waiting", "admissions", ["guild_id", "admitted_at", "joined_at"])
    op.create_table(
        "acceptances",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_acceptances")),
    )
    op.create_table(
        "wishes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(100), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    op.create_index("ix_wishes_user_id", "wishes", ["user_id"])
    op.create_index("ix_wishes_created_at", "wishes", ["created_at"])


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    _partial_index("ix_letters_unsent", ["id"], "sent_at IS NULL", table="letters")


def _packs() -> None:
    op.create_table(
        "purchases",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("consumed_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_purchases")),
    )
    op.create_table(
        "gifts",
        sa.Column("request_id", sa.String(100), nullable=False),
        sa.Column("giver_id", sa.BigInteger(), nullable=False),
        sa.Column("taker_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_gifts")),
    )


def _partial_index(
    name: str, columns: list[str], where: str, unique: bool = False, table: str = "jobs"
) -> None:
    """An index of the rows for which the condition holds."""
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
