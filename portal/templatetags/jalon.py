"""Tags and filters that every page uses: icons, states, dates, figures, fingerprints."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from itertools import count
from typing import Any

from django import template
from django.forms import BoundField
from django.middleware.csrf import get_token
from django.template.base import NodeList, Parser, Token
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance import clock, library
from governance.dossiers.choices import ReviewFunction
from governance.text import time_in_words
from governance.web.words import verb_in_words
from portal.templatetags.states import Look, look_of
from usecases.backlog import wording as backlog
from usecases.segments import wording as segments

register = template.Library()

NARROW, BREAKLESS = "\u202f", "\u00a0"
WEEKDAY_WITHIN = 14
HIDDEN = mark_safe('aria-hidden="true"')
DOTS = {"valid": ("ok", "is-ok"), "blocked": ("ok", "is-ok"), "missing": ("wait", "is-idle")}
_numbers = count(1)


def _french() -> bool:
    return (get_language() or "fr").startswith("fr")


# Icons and states ---------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, extra: str = "", label: str = "") -> SafeString:
    """Draw a symbol of the sprite, hidden from screen readers unless it has a label."""
    said = format_html('role="img" aria-label="{}"', label) if label else HIDDEN
    return _symbol(name, extra, said)


@lru_cache(maxsize=512)
def _symbol(name: str, extra: str, said: SafeString) -> SafeString:
    """Draw each symbol once: a page shows some hundred."""
    return format_html(
        '<svg class="j-i{}" {}><use href="{}#{}"/></svg>',
        f" {extra}" if extra else "",
        said,
        _sprite(),
        name,
    )


@cache
def _sprite() -> str:
    """The address of the sprite, asked once: a page draws some hundred symbols."""
    return static("jalon/icons.svg")


@register.simple_tag
def chip(state: object, kind: str = "standing", label: object = "") -> SafeString:
    """Show a state: icon, word, colour; a label replaces the word."""
    look = look_of(state, kind)
    return _worded(look, label) if label else _chip(look, get_language())


@lru_cache(maxsize=512)
def _chip(look: Look, _language: str) -> SafeString:
    """Draw each state once in a language."""
    return _worded(look, look.word)


def _worded(look: Look, word: object) -> SafeString:
    return format_html('<span class="j-chip {}">{}{}</span>', look.tone, icon(look.icon), word)


@register.simple_tag
def dots(standing: Iterable[Any]) -> SafeString:
    """Show where review functions stand, in a table: of each two symbols, and both in words."""
    lang = get_language()
    return format_html_join("", "{}", ((_dot(one.function, one.state, lang),) for one in standing))


@lru_cache(maxsize=256)
def _dot(function: str, state: str, _language: str) -> SafeString:
    """Draw each of the few there are once in a language."""
    said = _("%(function)s: %(state)s") % {
        "function": ReviewFunction(function).label,
        "state": look_of(state).word,
    }
    mark, tone = DOTS.get(state, ("warn", "is-warn"))
    return format_html(
        '<span class="j-dot" title="{0}"><span class="j-sr">{0}</span>{1}{2}</span>',
        said,
        icon(function),
        icon(mark, f"j-fg {tone}"),
    )


@register.filter
def word(state: object, kind: str = "standing") -> object:
    """Give the word of a state, for titles and options."""
    return look_of(state, kind).word


@register.filter
def tone(level: object) -> str:
    """Give the tone of a message from its level's tag."""
    tones = {"success": "is-ok", "warning": "is-warn", "error": "is-ko"}
    return tones.get(str(level), "is-idle")


@register.filter
def tone_icon(level: object) -> str:
    """Give the symbol of a message from its level's tag."""
    return {"success": "ok", "warning": "warn", "error": "ban"}.get(str(level), "info")


# Days and moments ---------------------------------------------------------------------------------


def _day_of(value: dt.date) -> dt.date:
    if isinstance(value, dt.datetime):
        return clock.day_of(value) if timezone.is_aware(value) else value.date()
    return value


def _day_and_month(value: dt.date, month: str) -> str:
    day = "1er" if _french() and value.day == 1 else str(value.day)
    return f"{day}{BREAKLESS if _french() else ' '}{_formatted(value, month, get_language())}"


@lru_cache(maxsize=1024)
def _formatted(value: dt.date, how: str, _language: str) -> str:
    """Format each day once in a language: a table shows the same ones over and over."""
    return date_format(value, how)


@register.filter
def day(value: dt.date | None) -> str:
    """Write a day in words, with its weekday when it is within two weeks and its year when it is not."""
    if not value:
        return ""
    when = _day_of(value)
    if abs((when - clock.today()).days) <= WEEKDAY_WITHIN:
        return f"{_formatted(when, 'l', get_language())} {_day_and_month(when, 'F')}"
    return f"{_day_and_month(when, 'F')} {when.year}"


@register.filter
def short_day(value: dt.date | None) -> str:
    """Write a day as briefly as can be: the year only when it is not this one."""
    if not value:
        return ""
    when = _day_of(value)
    brief = _day_and_month(when, "M" if not _french() else "N")
    return brief if when.year == clock.today().year else f"{brief} {when.year}"


@register.filter
def clock_time(value: dt.datetime | None) -> str:
    """Write the time of day, in Paris."""
    if not value:
        return ""
    return time_in_words(value)


@register.filter
def moment(value: dt.date | None) -> str:
    """Write a day and the time of day."""
    if not value:
        return ""
    if not isinstance(value, dt.datetime):
        return day(value)
    when = _day_of(value)
    return _("%(day)s at %(time)s") % {
        "day": f"{_day_and_month(when, 'F')} {when.year}",
        "time": clock_time(value),
    }


def _gone(value: dt.date) -> tuple[str, int] | None:
    """Count what has passed since then, in the unit that fits; nothing when it has not begun."""
    days = (clock.today() - _day_of(value)).days
    if days > 0:
        return "day", days
    if days < 0:
        return None
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        minutes = int((clock.now() - value).total_seconds() // 60)
        if minutes < 0:
            return None
        return ("hour", minutes // 60) if minutes >= 60 else ("minute", minutes)
    return "day", 0


@register.filter
def since(value: object) -> str:
    """Say in words how long something has lasted; what is not a date is shown as it is."""
    if not isinstance(value, dt.date):
        return str(value or "")
    gone = _gone(value)
    if gone is None:
        return _("from %(day)s") % {"day": day(value)}
    unit, n = gone
    if unit == "hour":
        return ngettext("for %(n)d hour", "for %(n)d hours", n) % {"n": n}
    if unit == "minute":
        return ngettext("for %(n)d minute", "for %(n)d minutes", n) % {"n": n} if n else _("just now")
    return ngettext("for %(n)d day", "for %(n)d days", n) % {"n": n} if n else _("since today")


@register.filter
def ago(value: dt.date | None) -> str:
    """Say in words how long ago something happened."""
    if not value:
        return ""
    gone = _gone(value)
    if gone is None:
        return day(value)
    unit, n = gone
    if unit == "hour":
        return ngettext("%(n)d hour ago", "%(n)d hours ago", n) % {"n": n}
    if unit == "minute":
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", n) % {"n": n} if n else _("just now")
    if n < 2:
        return _("yesterday") if n else _("today")
    return ngettext("%(n)d day ago", "%(n)d days ago", n) % {"n": n}


@register.filter
def due(value: dt.date | None) -> str:
    """Say in words how far a due date is: business days ahead, calendar days late."""
    if not value:
        return ""
    when, today = _day_of(value), clock.today()
    late = (today - when).days
    if late > 0:
        return ngettext("%(n)d day late", "%(n)d days late", late) % {"n": late}
    if late == 0:
        return _("today")
    if late == -1:
        return _("tomorrow")
    n = clock.business_days_between(today, when)
    return ngettext("in %(n)d business day", "in %(n)d business days", n) % {"n": n}


@register.filter
def is_late(value: dt.date | None) -> bool:
    """Say whether a due date has passed: it is overdue from the day after."""
    return value is not None and _day_of(value) < clock.today()


WAYS = {"day": day, "short": short_day, "moment": moment, "since": since, "ago": ago, "due": due}


@register.simple_tag
def when(value: dt.date | None, way: str = "day") -> str | SafeString:
    """Mark up a day or a moment, so that machines read it too."""
    if not value:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), WAYS[way](value))


# Figures ------------------------------------------------------------------------------------------


def _number(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _written(number: Decimal, places: int | str | None, most: int) -> str:
    """Write a number with the separators of the reader's language."""
    if places is None or places == "":
        shown = number.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
        text = f"{shown:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        shown = number.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
        text = f"{shown:,f}"
    text = text.replace("-", "\u2212")
    return text.translate({ord(","): NARROW, ord("."): ","}) if _french() else text


@register.filter
def figure(value: Any, places: int | str | None = None) -> str:
    """Write a number; two decimals at most unless told."""
    number = _number(value)
    return "" if number is None else _written(number, places, 2)


@register.filter
def euro(value: Any, places: int | str | None = None) -> str:
    """Write an amount in euros; cents only when there are some."""
    number = _number(value)
    if number is None:
        return ""
    if places is None:
        places = 0 if number == number.to_integral_value() else 2
    text = _written(number, places, 2)
    return f"{text}{BREAKLESS}€" if _french() else f"€{text}"


@register.filter
def percent(value: Any, places: int | str | None = None) -> str:
    """Write a ratio between 0 and 1 as a percentage."""
    number = _number(value)
    if number is None:
        return ""
    text = _written(number * 100, places, 2)
    return f"{text}{BREAKLESS}%" if _french() else f"{text}%"


# Names, codes, fingerprints -----------------------------------------------------------------------


@register.filter
def fp(value: str | bytes | None, way: str = "short") -> str:
    """Write a fingerprint in groups of four: its two ends, or all of it."""
    if not value:
        return ""
    text = value.removeprefix("sha256:") if isinstance(value, str) else bytes(value).hex()
    groups = [text[at : at + 4] for at in range(0, len(text), 4)]
    if way == "full" or len(groups) <= 4:
        return " ".join(groups)
    return f"{groups[0]} {groups[1]} … {groups[-1]}"


@register.filter
def initials(name: object) -> str:
    """Take the first letters of the first and last names."""
    words = [part for part in str(getattr(name, "display_name", name) or "").split() if part]
    return "".join(part[0] for part in ([words[0], words[-1]] if len(words) > 1 else words)).upper()


@register.filter
def term(code: object, vocabulary: str) -> str:
    """Say a code of a vocabulary of the library in the reader's language."""
    if code is None or code == "":
        return ""
    return library.term(vocabulary, getattr(code, "value", code), get_language() or "fr")


# Forms and page plumbing --------------------------------------------------------------------------


@register.filter
def widget_kind(field: BoundField) -> str:
    """Tell which shape of field to draw: select, check, radios, checks, hidden or text."""
    names = {
        "Select": "select",
        "NullBooleanSelect": "select",
        "CheckboxInput": "check",
        "RadioSelect": "radios",
        "CheckboxSelectMultiple": "checks",
        "SelectMultiple": "multiple",
    }
    for ancestor in type(field.field.widget).__mro__:
        if ancestor.__name__ in names:
            return names[ancestor.__name__]
    return "text"


@register.simple_tag
def control(field: BoundField, small: bool = False, hint: object = "") -> SafeString:
    """Draw the control of a field in our own classes, tied to its hint and errors."""
    look = {"select": "form-select", "check": "j-tick"}.get(widget_kind(field), "form-control")
    classes = [look, field.field.widget.attrs.get("class", ""), "form-control-s" if small else ""]
    attrs: dict[str, Any] = {"class": " ".join(part for part in classes if part)}
    if field.field.widget.attrs.get("placeholder") == field.label:
        attrs["placeholder"] = ""  # it would say the label twice
    if field.errors:
        attrs["aria-invalid"] = "true"
    if hint and not field.help_text:
        error = f" {field.auto_id}_error" if field.errors else ""
        attrs["aria-describedby"] = f"{field.auto_id}_helptext{error}"
    return field.as_widget(attrs=attrs)


@register.simple_tag
def uid(prefix: str = "id") -> str:
    """Make an id that no other element has, whichever process drew it."""
    return f"{prefix}-{os.getpid():x}-{next(_numbers)}"


@register.simple_tag(takes_context=True)
def csrf(context: template.Context) -> str | SafeString:
    """Write the CSRF field inside a partial included with `only`, which does not see the page's token."""
    request = getattr(context, "request", None)
    if request is None:
        return ""
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))


@register.filter
def inline_svg(drawing: str) -> SafeString:
    """Put an SVG that the server drew into the page itself: a data: address is refused by the policy."""
    return mark_safe(drawing[drawing.index("<svg") :])  # noqa: S308


@register.filter
def refusals(given: Any) -> list[Any]:
    """List every objection of a refusal, or of a list of refusals."""
    found = given if isinstance(given, list | tuple) else [given] if given else []
    return [each for one in found for each in getattr(one, "objections", [one])]


@register.filter
def without(things: Any, name: str) -> list[Any]:
    """Leave out the form fields of these names (comma between them)."""
    names = name.split(",")
    return [thing for thing in things if thing.name not in names]


@register.filter
def only(things: Any, name: str) -> list[Any]:
    """Keep the form fields of these names (comma between them)."""
    names = name.split(",")
    return [thing for thing in things if thing.name in names]


@register.filter
def verb(code: str) -> str:
    """Say what happened, in words."""
    return str(verb_in_words(code))


@register.filter
def duration(text: str) -> str:
    """Say an ISO duration in words."""
    return segments.duration(text)


@register.filter
def measure(figure_of_kpi: Any, unit: str) -> str:
    """Say a figure of a KPI in its unit."""
    return backlog.value(figure_of_kpi, unit)


class Capture(template.Node):
    """Keeps what its body drew under a name, and draws nothing."""

    def __init__(self, body: NodeList, name: str) -> None:
        self.nodelist, self.name = body, name

    def render(self, context: template.Context) -> str:
        """Draw the body into the context."""
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308 (drawn just now)
        return ""


@register.tag
def capture(parser: Parser, token: Token) -> Capture:
    """Read `{% capture as name %}…{% endcapture %}`."""
    words = token.split_contents()
    if len(words) != 3 or words[1] != "as":
        raise template.TemplateSyntaxError("capture is written: {% capture as name %}")
    body = parser.parse(("endcapture",))
    parser.delete_first_token()
    return Capture(body, words[2])
