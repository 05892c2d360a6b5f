"""Language tags (BCP 47), as far as texts are told apart by them.

Belongs here: the language itself, without region and script. What is known of a language is in the
packages that speak, write or draw it.
"""

from __future__ import annotations


def primary_subtag(tag: str) -> str:
    """The language of a tag in small letters: ``en`` of ``en-GB``; empty of an empty one."""
    return tag.partition("-")[0].lower()
