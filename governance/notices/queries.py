"""Reading messages: what each one says, to whom it may be mailed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, override

from governance import clock, library
from governance.notices.models import Message
from governance.notices.sentences import SENTENCES, WORDS
from governance.stakeholders.models import Person
from governance.text import in_words

DAYS = ("on", "from", "until", "due")
VOCABULARIES = {
    "function": "review_functions",
    "role": "roles",
}


def inbox(person: Person) -> QuerySet[Message]:
    """What a person was told, newest first."""
    return Message.objects.to(person).select_related("programme")


def sentence(message: Message, lang: str) -> str:
    """Say a message in this language. Raises KeyError for an event that has no sentence."""
    said: defaultdict[str, str] = defaultdict(str)
    with override(lang):
        for name, value in {"code": message.subject_code, **message.facts}.items():
            said[name] = _in_words(name, value, lang)
        return (gettext(SENTENCES[message.event]) % said).strip()


def _in_words(name: str, value: Any, lang: str) -> str:
    if name in DAYS and value:
        return in_words(dt.date.fromisoformat(str(value)[:10]))
    if name in VOCABULARIES and value:
        return library.term(VOCABULARIES[name], value, lang)
    if name in WORDS and value:
        return gettext(WORDS[name][value])
    if isinstance(value, dict):  # a name in both languages
        return str(value.get(library.language(lang)) or value.get("fr") or "")
    return str(value)


def title(message: Message, lang: str) -> str:
    """The subject line of the mail: the thing and the programme."""
    with override(lang):
        programme = message.programme.code if message.programme is not None else ""
        about = " · ".join(filter(None, [programme, message.subject_code]))
        return (
            gettext("Jalon: %(about)s") % {"about": about} if about else gettext("Jalon: a message for you")
        )


def is_reachable(person: Person) -> bool:
    """Say whether a person is still told things."""
    if person.left_on is not None and person.left_on <= clock.today():
        return False
    return person.user is None or person.user.is_active
