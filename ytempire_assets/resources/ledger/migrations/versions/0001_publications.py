"""Publications: one row per video and platform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "publications",
        sa.Column("video_id", sa.String(120), primary_key=True),
        sa.Column("platform", sa.String(40), primary_key=True),
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("topic_id", sa.String(120), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("content", sa.String(80), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_approval", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("session_url", sa.Text),
        sa.Column("remote_id", sa.String(80)),
        sa.Column("address", sa.Text),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_publications_channel_day", "publications", ["channel", "day"])


def downgrade() -> None:
    """Drops the table."""
    op.drop_index("ix_publications_channel_day", "publications")
    op.drop_table("publications")
