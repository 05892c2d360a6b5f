"""The ledger's tables as SQLAlchemy sees them.

Belongs here: the present shape. How it came about is in ``migrations``; a test holds both together.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

publications = sa.Table(
    "publications",
    metadata,
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
    sa.Index("ix_publications_channel_day", "channel", "day"),
)
