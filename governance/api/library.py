"""The shipped library, to read: templates of use cases and segments, KPIs, checklists."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers

from governance import library
from governance.api.base import Endpoint, Shape, each, names_of, operation


class LibraryShape(Shape):
    """How much there is of each kind."""

    use_cases = serializers.IntegerField()
    segments = serializers.IntegerField()
    kpis = serializers.IntegerField()
    checklists = serializers.IntegerField()


class TemplateRow(Shape):
    """A use-case template in a list."""

    code = serializers.CharField()
    title_fr = serializers.CharField()
    title_en = serializers.CharField()
    branch = serializers.CharField()
    level = serializers.IntegerField()
    nature = serializers.CharField()
    channels = serializers.ListField(child=serializers.CharField())
    purposes = serializers.ListField(child=serializers.CharField())


class TemplateShape(TemplateRow):
    """A use-case template with its segments and journey."""

    hypothesis_fr = serializers.CharField()
    hypothesis_en = serializers.CharField()
    legal_basis = serializers.CharField()
    segments = serializers.ListField(child=serializers.DictField())
    journey = serializers.ListField(child=serializers.DictField())


class SegmentTemplate(Shape):
    """A standing exclusion, or a segment of a use-case template."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    role = serializers.CharField()
    apply = serializers.CharField()
    rule = serializers.DictField()


class KpiShape(Shape):
    """A KPI definition."""

    code = serializers.CharField()
    fr = serializers.CharField()
    en = serializers.CharField()
    num = serializers.CharField()
    den = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    direction = serializers.CharField()
    aggregation = serializers.CharField()


class QuestionShape(Shape):
    """A question of a checklist."""

    code = serializers.CharField()
    fr = serializers.CharField()
    en = serializers.CharField()
    source_fr = serializers.CharField()
    source_en = serializers.CharField()
    blocking = serializers.BooleanField()


class ChecklistShape(Shape):
    """A checklist."""

    code = serializers.CharField()
    questions = QuestionShape(many=True)


def _some(entry: dict[str, Any], shape: type[Shape]) -> dict[str, Any]:
    return {name: entry[name] for name in names_of(shape)}


def _segments() -> list[dict[str, Any]]:
    known = [*library.standing_exclusions()]
    for template in library.usecase_templates():
        known += template["segments"]
    return [{**_some({"apply": "", **entry}, SegmentTemplate)} for entry in known]


class Library(Endpoint):
    """What is shipped."""

    @operation(LibraryShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Count what is shipped."""
        return {
            "use_cases": len(library.usecase_templates()),
            "segments": len(_segments()),
            "kpis": len(library.kpis()),
            "checklists": len(library.checklists()),
        }


class Templates(Endpoint):
    """Use-case templates."""

    @operation(TemplateRow, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the use-case templates."""
        return self.page(library.usecase_templates(), each(lambda entry: _some(entry, TemplateRow)))


class OneTemplate(Endpoint):
    """One use-case template."""

    template: dict[str, Any]

    def resolve(self, *, code: str) -> None:
        """Find the template."""
        try:
            self.template = library.usecase_template(code)
        except KeyError as error:
            raise Http404 from error

    @operation(TemplateShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a use-case template."""
        return _some(self.template, TemplateShape)


class SegmentTemplates(Endpoint):
    """Segment templates."""

    @operation(SegmentTemplate, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the standing exclusions and the segments of the use-case templates."""
        return self.page(_segments(), list)


class Kpis(Endpoint):
    """KPI definitions."""

    @operation(KpiShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the KPI definitions that programmes start from."""
        return self.page(library.kpis(), each(lambda entry: _some(entry, KpiShape)))


class Checklists(Endpoint):
    """Checklists of reviews."""

    @operation(ChecklistShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the checklists with their questions."""
        rows = [
            {"code": name, "questions": [_some(question, QuestionShape) for question in questions]}
            for name, questions in library.checklists().items()
        ]
        return self.page(rows, list)
