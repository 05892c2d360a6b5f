"""Reading: what numbers, dates and amounts stand in a text, in any language.

Belongs here: what discovery, writing and speech all need to understand of a text. What is done with
it is theirs. Never imports dagster, resources, assets or the packages that use it.
"""
