"""Contents of use cases in words: what a revision says, facet by facet, for people who compare two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.dossiers.choices import Facet
from governance.dossiers.kinds import Said, Tell
from governance.dossiers.models import Edition
from governance.programmes.choices import TransferTool
from governance.stakeholders.models import Organisation
from usecases.backlog.choices import Branch, ScenarioLevel
from usecases.catalogue.snapshot import Catalogue
from usecases.journeys import grammar
from usecases.kpis.choices import TargetKind
from usecases.kpis.models import Kpi
from usecases.segments import queries as segments
from usecases.segments import wording as segments_wording
from usecases.segments.wording import (
    count,
    data_in_words,
    day,
    duration,
    role_in_words,
    telling,
    term,
    terms,
)


class Reader(segments_wording.Reader):
    """Whoever reads revisions of one use case: they name segments, KPIs and organisations as well."""

    @property
    def fingerprints(self) -> set[str]:
        """The rules of the segments that these revisions pin."""
        return {one["fp"] for content in self.contents(Facet.AUDIENCE) for one in content.get("segments", ())}

    @property
    def naming(self) -> list[tuple[str, QuerySet[Any], str]]:
        """Beside the data: KPIs with their units, organisations that receive data or hold a destination."""
        kpis = {one["kpi"] for said in self.contents(Facet.BUSINESS) for one in said.get("targets", ())}
        parties = {
            one["organisation"]
            for facet, what in ((Facet.PRIVACY, "recipients"), (Facet.CHANNEL, "destinations"))
            for said in self.contents(facet)
            for one in said.get(what, ())
        }
        measured = Kpi.objects.filter(programme=self.programme, code__in=kpis)
        return [
            *super().naming,
            ("kpis", measured, f"name_{self.lang}"),
            ("units", measured, "unit"),
            ("organisations", Organisation.objects.filter(code__in=parties), "name"),
        ]

    @cached_property
    def home(self) -> Catalogue:
        """The catalogue that journeys are read with."""
        return segments.catalogue_to_write_on(self.programme)[1]


def describe(editions: Sequence[Edition], lang: str) -> Tell:
    """Tell the facets of revisions: each field's label and its value in words."""
    return telling(Reader(editions, lang), _LINES)


def _of_wording(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Title in French"), content.get("title_fr", "")
    yield _("Title in English"), content.get("title_en", "")
    yield _("Description"), content.get("description", "")
    yield _("Creative brief"), content.get("creative_brief", "")


def _of_business(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield (
        _("Objectives"),
        [
            f"{one['code']} {one.get('en', one['fr']) if reader.lang == 'en' else one['fr']}"
            for one in content.get("objectives", ())
        ],
    )
    yield _("Hypothesis"), hypothesis(content.get("hypothesis", {}))
    yield _("KPI targets"), [_target(one, reader) for one in content.get("targets", ())]
    rice = content.get("rice", {})
    yield _("Reach, people a quarter"), number(rice.get("reach"))
    yield _("Impact"), number(rice.get("impact"))
    yield _("Confidence"), percent(rice.get("confidence"))
    yield _("Effort, weeks"), number(rice.get("effort_weeks"))
    window = content.get("roadmap", {})
    yield _("On the roadmap from"), day(window.get("start"))
    yield _("On the roadmap until"), day(window.get("end"))
    yield _("Budget, €"), number(content.get("budget_eur"))
    level = content.get("scenario_level")
    yield _("Level"), str(ScenarioLevel(level).label) if level in ScenarioLevel.values else ""


def _of_audience(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    branch = content.get("branch")
    yield _("Branch"), str(Branch(branch).label) if branch in Branch.values else ""
    for one in content.get("segments", ()):
        version = reader.versions.get((one["code"], one["fp"]))
        name = version.segment.dossier.name if version is not None else ""
        lines = [role_in_words(one["role"], one.get("apply", "")), reader.sentence(one["code"], one["fp"])]
        if one.get("channels"):
            lines.append(
                _("Only on: %(channels)s")
                % {"channels": _joined(terms("channels", one["channels"], reader.lang))}
            )
        yield (
            _("Segment %(name)s") % {"name": f"{one['code']} {name}".strip()},
            [line for line in lines if line],
        )


def _of_data(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield from data_in_words(content, reader)


def _of_privacy(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    for one in content.get("purposes", ()):
        yield (
            _("Purpose “%(purpose)s”") % {"purpose": term("purposes", one["purpose"], reader.lang)},
            term("legal_bases", one["legal_basis"], reader.lang),
        )
    yield _("Data kept for"), duration(content.get("retention", ""))
    yield (
        _("Recipients"),
        [
            _recipient(one, reader.name("organisations", one["organisation"]))
            for one in content.get("recipients", ())
        ],
    )
    yield _("Notice to people"), content.get("notice_ref", "")
    yield _("How people use their rights"), content.get("rights_process", "")


def _of_channel(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Channels"), terms("channels", content.get("channels", ()), reader.lang)
    yield (
        _("Destinations"),
        [
            _("%(channel)s: %(organisation)s (%(country)s)")
            % {
                "channel": term("channels", one["channel"], reader.lang),
                "organisation": reader.name("organisations", one["organisation"]),
                "country": one["country"],
            }
            for one in content.get("destinations", ())
        ],
    )


def _of_pressure(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield (
        _("Caps by channel"),
        [
            _("%(channel)s: at most %(count)d per %(period)s")
            % {
                "channel": term("channels", channel, reader.lang),
                "count": cap["n"],
                "period": duration(cap["per"]),
            }
            for channel, cap in sorted(content.get("caps", {}).items())
        ],
    )
    hours = content.get("quiet_hours", ())
    if len(hours) == 2:
        yield _("Quiet hours"), _("From %(start)s to %(end)s") % {"start": hours[0], "end": hours[1]}
    yield _("Priority"), number(content.get("priority"))


def _of_journey(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    journey = content.get("journey", [])
    references = reader.references.read(*grammar.conditions(journey))
    steps = grammar.reading(journey, reader.home, reader.lang, references)
    yield (
        _("Journey"),
        [
            "  " * step.indent
            + (
                _("%(branch)s: %(step)s") % {"branch": step.branch, "step": step.text}
                if step.branch
                else step.text
            )
            for step in steps
        ],
    )


def _of_tech(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Kinds of connectors"), terms("connector_kinds", content.get("connector_kinds", ()), reader.lang)
    yield _("Latency needed"), term("latency_classes", content.get("latency_needed", ""), reader.lang)
    yield _("Expected volume"), count(content.get("expected_volume"))


def _of_nothing(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    return ()


_LINES = {
    Facet.WORDING: _of_wording,
    Facet.BUSINESS: _of_business,
    Facet.AUDIENCE: _of_audience,
    Facet.DATA: _of_data,
    Facet.PRIVACY: _of_privacy,
    Facet.CHANNEL: _of_channel,
    Facet.PRESSURE: _of_pressure,
    Facet.JOURNEY: _of_journey,
    Facet.TECH: _of_tech,
    Facet.TEST: _of_nothing,
}


# ---------------------------------------------------------------- words
def hypothesis(said: Mapping[str, Any]) -> str:
    """Say a hypothesis in one sentence, as far as it is written."""
    if not said.get("if"):
        return ""
    parts = {name: str(said.get(name, "")).strip().rstrip(".") for name in ("if", "then", "because")}
    if not parts["then"]:
        return _("If %(if)s…") % parts
    if not parts["because"]:
        return _("If %(if)s, then %(then)s.") % parts
    return _("If %(if)s, then %(then)s, because %(because)s.") % parts


def _target(one: Mapping[str, Any], reader: Reader) -> str:
    unit = reader.names.get(("units", one["kpi"]), "")
    said = {
        "kpi": reader.name("kpis", one["kpi"]),
        "kind": str(TargetKind(one["kind"]).label),
        "baseline": value(one.get("baseline"), unit),
        "target": value(one.get("target"), unit),
        "horizon": day(one.get("horizon_on")),
        "low": value(one.get("minimum"), unit),
        "high": value(one.get("maximum"), unit),
    }
    if one["kind"] != TargetKind.GUARDRAIL:
        return _("%(kpi)s, %(kind)s: from %(baseline)s to %(target)s by %(horizon)s") % said
    if said["low"] and said["high"]:
        return _("%(kpi)s, %(kind)s: between %(low)s and %(high)s") % said
    if said["low"]:
        return _("%(kpi)s, %(kind)s: at least %(low)s") % said
    return _("%(kpi)s, %(kind)s: at most %(high)s") % said


def value(figure: Any, unit: str) -> str:
    """Say a figure of a KPI in its unit."""
    if figure in (None, ""):
        return ""
    exact = Decimal(str(figure))
    if unit == "ratio":
        return percent(exact)
    said = number(exact)
    if unit == "eur":
        return pgettext("an amount in euros", "€%(amount)s") % {"amount": said}
    if unit == "business_days":
        return pgettext("a number of business days", "%(count)s business days") % {"count": said}
    return said


def percent(figure: Any) -> str:
    """Say a ratio in percent."""
    if figure is None:
        return ""
    return pgettext("a percentage", "%(value)s%%") % {"value": number(Decimal(str(figure)) * 100)}


def number(figure: Any) -> str:
    """Say a number as people write it."""
    if figure is None:
        return ""
    exact = Decimal(str(figure)).normalize()
    places = max(0, -int(exact.as_tuple().exponent))
    return formats.number_format(exact, decimal_pos=places, use_l10n=True, force_grouping=True)


def _recipient(one: Mapping[str, Any], name: str) -> str:
    tool = one.get("transfer_tool", "")
    said = {"name": name, "country": one["country"], "tool": str(TransferTool(tool).label) if tool else ""}
    return _("%(name)s (%(country)s, %(tool)s)") % said if tool else _("%(name)s (%(country)s)") % said


def _joined(names: list[str]) -> str:
    return ", ".join(names)
