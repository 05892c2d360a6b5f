"""From a scene's content to designed cards, a timeline, captions and one ffmpeg render.

A domain package: it takes values and returns values, and never imports dagster, the resources or
the assets. Nothing is imported here, so that importing any single module stays cheap.
"""
