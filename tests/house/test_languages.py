"""Both languages are complete."""

import re

import pytest
from django.conf import settings

from portal.messages import Message, found, gaps, in_code, in_template


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_string_has_its_words(language):
    assert gaps(language) == []


def test_strings_are_found_where_they_stand():
    assert list(in_code('_("One")\nngettext("%(n)s day", "%(n)s days", n)\npgettext("verb", "Sign")')) == [
        Message("One", None, None),
        Message("%(n)s day", "%(n)s days", None),
        Message("Sign", None, "verb"),
    ]
    assert list(
        in_template(
            '{% load i18n %}{% translate "It’s (late)" %}{% translate "May" context "month" %}'
            "{% blocktranslate trimmed count n=n %}\n  {{ n }} day\n"
            "{% plural %}\n  {{ n }} days\n{% endblocktranslate %}"
        )
    ) == [
        Message("It’s (late)", None, None),
        Message("May", None, "month"),
        Message("%(n)s day", "%(n)s days", None),
    ]


def test_no_french_stands_in_templates_or_code():
    accents = set("éèêàùçœ")
    names = {"Français"}  # a language is called by its own name
    assert [
        message.singular
        for message in found()
        if accents & set(message.singular) and message.singular not in names
    ] == []


def test_words_are_marked_under_names_that_are_collected():
    """`makemessages` knows `_`, `gettext` and their like: under another name a sentence stays in English."""
    strange = re.compile(r"import \w*gettext(?:_lazy)? as (?!_\b)\w+")
    renamed = [
        str(path)
        for room in ("governance", "usecases", "portal")
        for path in (settings.ROOT / room).rglob("*.py")
        if strange.search(path.read_text())
    ]
    assert renamed == []
