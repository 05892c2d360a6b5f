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
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_publications_channel_day", "channel", "day"),
    sa.Index("ix_publications_state", "state", "created_at"),
    sa.Index("ix_publications_day", "day"),
    sa.Index("ix_publications_created", "created_at"),
    sa.Index("ix_publications_content", "content"),
    sa.Index("ix_publications_title", "title"),
    sa.Index("ix_publications_topic", "channel", "topic_id"),
    # One video of the platform belongs to one publication.
    sa.Index("uq_publications_remote", "platform", "remote_id", unique=True),
)

quota_days = sa.Table(
    "quota_days",
    metadata,
    sa.Column("project", sa.String(60), primary_key=True),
    sa.Column("bucket", sa.String(20), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("exhausted", sa.Boolean, nullable=False),
)

quota_calls = sa.Table(
    "quota_calls",
    metadata,
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
    sa.Index("ix_quota_calls_day", "project", "day", "bucket"),
)

quota_blocks = sa.Table(
    "quota_blocks",
    metadata,
    sa.Column("project", sa.String(60), primary_key=True),
    sa.Column("channel", sa.String(60), primary_key=True),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
)

source_validators = sa.Table(
    "source_validators",
    metadata,
    sa.Column("address", sa.String(64), primary_key=True),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("last_modified", sa.Text, nullable=False),
    sa.Column("polled_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)

breaking_topics = sa.Table(
    "breaking_topics",
    metadata,
    sa.Column("channel", sa.String(60), primary_key=True),
    sa.Column("topic_id", sa.String(120), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("run_seen_at", sa.DateTime(timezone=True)),
    sa.Index("ix_breaking_topics_day", "day"),
    sa.Index("ix_breaking_topics_topic", "topic_id"),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("cause", sa.String(64), primary_key=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("waiting", sa.Integer, nullable=False),
    sa.Column("since", sa.DateTime(timezone=True)),
    sa.Column("told_at", sa.DateTime(timezone=True)),
    sa.Column("next_at", sa.DateTime(timezone=True)),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Index("ix_alerts_next", "next_at"),
)

noted_failures = sa.Table(
    "noted_failures",
    metadata,
    sa.Column("run_id", sa.String(36), primary_key=True),
    sa.Column("step", sa.String(200), primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_noted_failures_at", "at"),
)
