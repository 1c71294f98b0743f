"""Two people wrote the same draft: both sides, field by field, and what the later one keeps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from governance.audit.models import Event
from governance.stakeholders.models import Person

NOTHING = "–"


def kept(given: QueryDict, stored: forms.Form) -> QueryDict:
    """What was typed, where `keep_<name>` does not say that what is stored stands."""
    told = given.copy()
    for name in stored.fields:
        if given.get(f"keep_{name}") == "theirs":
            value = stored[name].value()
            many = value if isinstance(value, list | tuple) else [] if value is None else [value]
            told.setlist(name, [str(one) for one in many])
    return told


def sides(form: forms.Form) -> list[dict[str, str]]:
    """The fields in which what was typed differs from what is stored now, both in words.

    `form` is bound to what was typed, and its initial values are those stored now.
    """
    return [
        {
            "name": name,
            "label": str(form[name].label),
            "mine": _in_words(form.fields[name], form[name].value()),
            "theirs": _in_words(form.fields[name], _initial(form, name)),
        }
        for name in form.changed_data
    ]


def _initial(form: forms.Form, name: str) -> Any:
    return form.fields[name].prepare_value(form[name].initial)


def _in_words(field: forms.Field, value: Any) -> str:
    """A value as people read it: labels where it was chosen from a list."""
    many = value if isinstance(value, list | tuple) else [value]
    labels = {str(code): str(label) for code, label in getattr(field, "choices", ())}
    words = [labels.get(str(one), str(one)) for one in many if one not in (None, "")]
    return ", ".join(words) or NOTHING


def last_word(dossier: Any) -> dict[str, Any]:
    """Who wrote the dossier last, and when: `by` and `at`."""
    event = (
        Event.objects.filter(stream=dossier.programme.code).about(dossier.kind, dossier.code).newest().first()
    )
    who = Person.objects.filter(email=event.actor).first() if event else None
    return {"by": str(who or (event.actor if event else NOTHING)), "at": event.at if event else None}
