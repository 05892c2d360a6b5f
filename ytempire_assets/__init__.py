"""YTEMPIRE: video channels that run themselves, as a Dagster asset graph.

Nothing is imported here, so that importing any single module stays cheap.
"""
