"""Runs the ledger's migrations on the connection that ``Ledger`` hands over.

Belongs here: only what Alembic asks of an environment script.
"""

from __future__ import annotations

from alembic import context

from ytempire_assets.resources.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="ledger_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
