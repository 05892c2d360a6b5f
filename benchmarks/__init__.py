"""What ``make bench`` measures; never part of the tests.

Belongs here: one module per figure that ``docs/measurements.md`` reports.
"""
