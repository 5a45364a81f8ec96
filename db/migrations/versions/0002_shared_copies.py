"""which copies are shared"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Messages in a server's showcase are told from others that show a picture."""
    op.add_column(
        "copies", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false())
    )
