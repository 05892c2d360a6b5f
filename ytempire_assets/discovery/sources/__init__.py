"""Sources of signals, each a small adapter behind the protocol of ``source.py``.

Nothing is imported here, so that any single module stays cheap.
"""
