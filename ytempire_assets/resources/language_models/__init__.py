"""Language models: several services as one, a model in this process, and which one a channel means.

Belongs here: everything that asks a model. Services are asked through ``pool.py`` (``endpoint.py``
is the state of one of them, ``rotation.py`` the line before them, ``exchange.py`` one request over
HTTP, ``chat.py`` their protocol); a model in this process is ``local.py`` (``batches.py`` collects
what threads ask, ``constrained.py`` keeps an answer to its schema); ``desk.py`` gives a channel its
model. What is asked for is ``writing``'s business, keeping answers ``answer_cache.py``'s.
"""

from __future__ import annotations

from decimal import Decimal

from ytempire_assets.errors import PermanentError


class RefusedKeyError(PermanentError):
    """The service does not accept the key: asking again would be refused as well."""


class UnusableAnswerError(PermanentError):
    """A model answered, and was paid for it, with something that no one can use.

    It is never asked again for the same: that would be paid twice.

    Attributes:
        spent_usd: What the answer cost.
    """

    spent_usd = Decimal(0)
