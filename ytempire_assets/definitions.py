"""The stable entry that Dagster loads."""

from ytempire_assets.build import build_defs

defs = build_defs()
