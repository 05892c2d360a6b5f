"""Alerts about failed runs, breaking topics whose run exists, and what large ledgers look up by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LOOKED_UP_BY = {
    "ix_publications_day": ["day"],
    "ix_publications_created": ["created_at"],
    "ix_publications_content": ["content"],
    "ix_publications_title": ["title"],
    "ix_publications_topic": ["channel", "topic_id"],
}


def upgrade() -> None:
    """Adds both tables, a column and the indexes."""
    op.create_table(
        "alerts",
        sa.Column("cause", sa.String(64), primary_key=True),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    op.create_index("ix_alerts_next", "alerts", ["next_at"])
    op.create_table(
        "noted_failures",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("step", sa.String(200), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_noted_failures_at", "noted_failures", ["at"])
    op.add_column("breaking_topics", sa.Column("run_seen_at", sa.DateTime(timezone=True)))
    op.create_index("ix_breaking_topics_topic", "breaking_topics", ["topic_id"])
    for name, columns in _LOOKED_UP_BY.items():
        op.create_index(name, "publications", columns)


def downgrade() -> None:
    """Takes them away again."""
    for name in _LOOKED_UP_BY:
        op.drop_index(name, "publications")
    op.drop_index("ix_breaking_topics_topic", "breaking_topics")
    op.drop_column("breaking_topics", "run_seen_at")
    op.drop_index("ix_noted_failures_at", "noted_failures")
    op.drop_table("noted_failures")
    op.drop_index("ix_alerts_next", "alerts")
    op.drop_table("alerts")
