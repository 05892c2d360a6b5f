"""Where the bytes of lake and blobs lie: folders of this machine, or a bucket.

Belongs here: named objects, written whole or not at all. What they mean is said by ``lake.py``,
``blobs.py`` and ``work.py``.
"""
