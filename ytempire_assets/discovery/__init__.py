"""Discovery: what people are interested in on a day, and which of it a channel should make.

Belongs here: trend sources, topics with their source documents, scoring, the queue of ideas. Never
imports dagster, resources or assets; nothing is imported here, so that any single module stays
cheap.
"""
