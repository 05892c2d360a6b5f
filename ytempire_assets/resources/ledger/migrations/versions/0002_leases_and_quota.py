"""Leases, decorations and problems of publications; the allowances.

The states got finer: what waited for a person is ``planned``, what could be sent ``approved``, and
what was ``published`` is ``verified``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RENAMED = (("planned", "approved"), ("awaiting_approval", "planned"), ("published", "verified"))
_BACK = (
    ("planned", "awaiting_approval"),
    ("rejected", "awaiting_approval"),
    ("approved", "planned"),
    ("uploading", "session"),
    ("decorated", "published"),
    ("scheduled", "published"),
    ("public", "published"),
    ("verified", "published"),
)


def _added() -> list[sa.Column[Any]]:
    """New columns, made anew for each use: a column belongs to one table."""
    return [
        sa.Column("decided_by", sa.String(120)),
        sa.Column("priority", sa.Integer, nullable=False, server_default="5"),
        sa.Column("title", sa.String(200), nullable=False, server_default=""),
        sa.Column("words", sa.String(64), nullable=False, server_default=""),
        sa.Column("offset_bytes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("thumbnail", sa.String(10), nullable=False, server_default="pending"),
        sa.Column("captions", sa.String(10), nullable=False, server_default="pending"),
        sa.Column("playlist", sa.String(10), nullable=False, server_default="pending"),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("lease_owner", sa.String(200)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
    ]


def upgrade() -> None:
    """Adds columns and tables; renames states."""
    for column in _added():
        op.add_column("publications", column)
    _rename(_RENAMED)
    # What needed no person had no time of approval; its place in the queue goes by one now.
    op.execute(
        "UPDATE publications SET approved_at = created_at, decided_by = 'the channel''s rules'"
        " WHERE state = 'approved' AND approved_at IS NULL"
    )
    op.execute(
        "UPDATE publications SET thumbnail = 'done', captions = 'done', playlist = 'none'"
        " WHERE state = 'verified'"
    )
    op.create_index("ix_publications_state", "publications", ["state", "created_at"])
    # Two rows of an older version may name one video: the older row keeps it.
    op.execute(
        "UPDATE publications SET remote_id = NULL, problem = 'its video is another one''s'"
        " WHERE EXISTS (SELECT 1 FROM publications AS older"
        " WHERE older.platform = publications.platform"
        " AND older.remote_id = publications.remote_id"
        " AND older.created_at < publications.created_at)"
    )
    op.create_index(
        "uq_publications_remote", "publications", ["platform", "remote_id"], unique=True
    )
    op.create_table(
        "quota_days",
        sa.Column("project", sa.String(60), primary_key=True),
        sa.Column("bucket", sa.String(20), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("exhausted", sa.Boolean, nullable=False),
    )
    op.create_table(
        "quota_calls",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project", sa.String(60), nullable=False),
        sa.Column("bucket", sa.String(20), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("video_id", sa.String(120), nullable=False),
        sa.Column("call", sa.String(40), nullable=False),
        sa.Column("units", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_quota_calls_day", "quota_calls", ["project", "day", "bucket"])
    op.create_table(
        "quota_blocks",
        sa.Column("project", sa.String(60), primary_key=True),
        sa.Column("channel", sa.String(60), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Takes them away again."""
    for table in ("quota_blocks", "quota_calls", "quota_days"):
        op.drop_table(table)
    op.drop_index("uq_publications_remote", "publications")
    op.drop_index("ix_publications_state", "publications")
    _rename(_BACK)
    with op.batch_alter_table("publications") as batch:
        for column in _added():
            batch.drop_column(column.name)


def _rename(states: tuple[tuple[str, str], ...]) -> None:
    for old, new in states:
        op.execute(f"UPDATE publications SET state = '{new}' WHERE state = '{old}'")  # noqa: S608
