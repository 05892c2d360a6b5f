"""Research: source documents for topics, with their licences and figures.

Nothing is imported here, so that any single module stays cheap.
"""
