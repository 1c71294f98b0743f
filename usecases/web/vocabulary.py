"""Vocabularies as choices, in the reader's language."""

from __future__ import annotations

from django.utils.translation import get_language

from governance import library


def terms(vocabulary: str) -> list[tuple[str, str]]:
    """The codes of a vocabulary and their words in the reader's language, at the time of the call."""
    lang = (get_language() or "fr")[:2]
    return [
        (str(one["code"]), library.term(vocabulary, one["code"], lang))
        for one in library.vocabulary(vocabulary)
    ]
