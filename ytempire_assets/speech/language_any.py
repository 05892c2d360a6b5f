"""Any language that numbers can be said in: figures become words, the rest is the voice's business.

Belongs here: what holds without knowing the language.
"""

from __future__ import annotations

from ytempire_assets.speech.language import Language


def language(code: str) -> Language:
    """The little that is known of a language by its code alone."""
    return Language(code=code, signs={}, address_signs={})
