"""Validators of polled addresses, and topics that were asked for at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both tables."""
    op.create_table(
        "source_validators",
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "breaking_topics",
        sa.Column("channel", sa.String(60), primary_key=True),
        sa.Column("topic_id", sa.String(120), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_breaking_topics_day", "breaking_topics", ["day"])


def downgrade() -> None:
    """Takes them away again."""
    op.drop_index("ix_breaking_topics_day", "breaking_topics")
    op.drop_table("breaking_topics")
    op.drop_table("source_validators")
