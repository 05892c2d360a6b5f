"""Insights: what results teach.

Belongs here: from numbers of published videos to weights for the next choices. Never imports
dagster, resources or assets.
"""
