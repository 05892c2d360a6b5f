"""Topics: which signals tell one story, and by which id the story is known from day to day.

Belongs here: reading titles, deciding which of them tell the same story, and naming the result.
``merging.merge_signals`` is the one door. Nothing is imported here, so that any single module stays
cheap.
"""
