"""Speech: turning a script into one narration with exact word times at the right loudness.

Belongs here: voices, word times, loudness. Never imports dagster, resources or assets.
"""
