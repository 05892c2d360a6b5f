"""Writing: from a topic's source documents to a script whose every statement has its source.

Belongs here: sentences, summarising, figures, scenes, titles and descriptions. Never imports
dagster, resources or assets.
"""
