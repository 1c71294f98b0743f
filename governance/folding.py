"""Text found as people type it: without accents, ligatures or capitals (spike.md 5)."""

from __future__ import annotations

import unicodedata

from django.db.models import CharField, Q, TextField, Transform, Value


class Fold(Transform):
    """A text without accents, ligatures or capitals, folded by the database."""

    lookup_name = "fold"
    function = "fold"


CharField.register_lookup(Fold)
TextField.register_lookup(Fold)


def says(text: str, *fields: str) -> Q:
    """Ask that one of these text fields holds `text`, however either is accented or capitalised."""
    needle = Fold(Value(text.replace("\x00", ""), output_field=TextField()))
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__fold__contains": needle})
    return found


def folded(text: str) -> str:
    """The same of a text at hand, for the few that no table holds."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return plain.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
