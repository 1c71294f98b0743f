"""Finding, when an act is done, the rows that a file names by their codes.

Codes are those of one programme (each has its G0, and its UC-01): all but people and organisations is
looked for in the programme of the act.
"""

from __future__ import annotations

from governance.charter.models import Objective
from governance.conditions.models import Condition
from governance.dossiers.models import Dossier, Edition
from governance.evidence.models import Evidence
from governance.gates.models import Gate, GateCriterion, GateReview
from governance.programmes.models import Engagement, Phase, Programme
from governance.reviews import policies
from governance.reviews.models import ReviewRequest
from governance.roles.models import Delegation
from governance.stakeholders.models import Organisation, Person
from portal.demo.acts import ADMINISTRATOR, Later
from usecases.backlog.models import UseCase, UseCaseRevision
from usecases.catalogue.models import DataSource, KnowledgeNote
from usecases.segments.models import Segment, SegmentVersion

# As the sign-in page says (api.md): the file keeps the part before the @.
DOMAIN, ADMINISTRATORS = "talvere.example", "jalon.example"
REVISIONS = UseCaseRevision.objects.select_related("usecase__dossier__programme", "usecase__owner", "edition")
VERSIONS = SegmentVersion.objects.select_related(
    "segment__dossier__programme", "segment__owner", "edition", "catalogue"
)


def email(key: str) -> str:
    """Give the e-mail of a person of the file."""
    return f"{key}@{ADMINISTRATORS if key == ADMINISTRATOR else DOMAIN}"


def person(key: str) -> Later:
    """Name a person by the key of the file."""
    rows = Person.objects.select_related("user", "organisation")
    return Later(key, lambda _programme: rows.get(email=email(key)))


def organisation(code: str) -> Later:
    """Name an organisation."""
    return Later(code, lambda _programme: Organisation.objects.get(code=code))


def programme() -> Later:
    """Name the programme of the file."""
    return Later("programme", lambda programme: Programme.objects.get(code=programme))


def phase(kind: str) -> Later:
    """Name a phase."""
    rows = Phase.objects.select_related("programme")
    return Later(kind, lambda programme: rows.get(programme__code=programme, kind=kind))


def engagement(code: str) -> Later:
    """Name the engagement of an organisation."""
    rows = Engagement.objects.select_related("programme", "organisation")
    return Later(code, lambda programme: rows.get(programme__code=programme, organisation__code=code))


def delegation(code: str) -> Later:
    """Name a delegation."""
    return Later(code, lambda programme: Delegation.objects.get(programme__code=programme, code=code))


def source(code: str) -> Later:
    """Name a data source."""
    rows = DataSource.objects.select_related("programme", "owner")
    return Later(code, lambda programme: rows.get(programme__code=programme, code=code))


def note(code: str, text: str) -> Later:
    """Name a note on a source by what it says."""
    rows = KnowledgeNote.objects.filter(source__code=code, text=text)
    return Later(code, lambda programme: rows.get(source__programme__code=programme))


def objective(code: str) -> Later:
    """Name an objective."""
    rows = Objective.objects.select_related("programme", "owner")
    return Later(code, lambda programme: rows.get(programme__code=programme, code=code))


def evidence(code: str) -> Later:
    """Name a piece of evidence."""
    return Later(code, lambda programme: Evidence.objects.get(programme__code=programme, code=code))


def condition(code: str) -> Later:
    """Name a condition."""
    return Later(code, lambda programme: Condition.objects.get(programme__code=programme, code=code))


def dossier(code: str) -> Later:
    """Name a dossier."""
    rows = Dossier.objects.select_related("programme")
    return Later(code, lambda programme: rows.get(programme__code=programme, code=code))


def use_case(code: str) -> Later:
    """Name a use case."""
    rows = UseCase.objects.select_related("dossier__programme", "owner").filter(dossier__code=code)
    return Later(code, lambda programme: rows.get(dossier__programme__code=programme))


def revision(code: str, number: int) -> Later:
    """Name a revision of a use case."""
    rows = REVISIONS.filter(usecase__dossier__code=code, number=number)
    return Later(f"{code} r{number}", lambda programme: rows.get(usecase__dossier__programme__code=programme))


def segment(code: str) -> Later:
    """Name a segment."""
    rows = Segment.objects.select_related("dossier__programme", "owner").filter(dossier__code=code)
    return Later(code, lambda programme: rows.get(dossier__programme__code=programme))


def version(code: str, number: int) -> Later:
    """Name a version of a segment."""
    rows = VERSIONS.filter(segment__dossier__code=code, number=number)
    return Later(f"{code} v{number}", lambda programme: rows.get(segment__dossier__programme__code=programme))


def edition(code: str, number: int) -> Later:
    """Name what was frozen under a code and a number."""
    rows = Edition.objects.select_related("dossier__programme", "submitted_by__user", "approval")
    rows = rows.filter(dossier__code=code, number=number)
    return Later(f"{code}/{number}", lambda programme: rows.get(dossier__programme__code=programme))


def request(code: str, number: int, function: str) -> Later:
    """Name the open request of a function."""
    rows = ReviewRequest.objects.open().select_related("edition__dossier__programme", "edition__submitted_by")
    rows = rows.filter(edition__dossier__code=code, edition__number=number, function=function)
    return Later(
        f"{code}/{number} {function}", lambda programme: rows.get(edition__dossier__programme__code=programme)
    )


def fingerprint(code: str, number: int) -> Later:
    """Name the fingerprint that whoever signs has on the screen."""
    return Later("", lambda programme: edition(code, number).find(programme).fp)


def answers(code: str, number: int, function: str, otherwise: dict[str, str]) -> Later:
    """Answer yes to every question of a function, but those answered otherwise (reading rule 3)."""

    def find(programme: str) -> dict[str, str]:
        asked = edition(code, number).find(programme).requirements.get(function=function)
        return {
            question.code: otherwise.get(question.code, "yes")
            for question in policies.questions(asked.checklist)
        }

    return Later("", find)


def gate(code: str) -> Later:
    """Name a gate."""
    rows = Gate.objects.select_related("programme")
    return Later(code, lambda programme: rows.get(programme__code=programme, code=code))


def criterion(code: str) -> Later:
    """Name a criterion of a gate."""
    rows = GateCriterion.objects.select_related("gate__programme")
    return Later(code, lambda programme: rows.get(gate__programme__code=programme, code=code))


def attempt(code: str, number: int) -> Later:
    """Name an attempt at a gate."""
    rows = GateReview.objects.select_related(
        "gate__programme", "dossier__programme", "edition", "submitted_by", "prepared_by"
    ).filter(gate__code=code, attempt=number)
    return Later(f"{code}/{number}", lambda programme: rows.get(gate__programme__code=programme))


def terms_on_screen(code: str, number: int) -> Later:
    """Name the fingerprint of the findings that sponsors have on the screen."""
    return Later("", lambda programme: attempt(code, number).find(programme).edition.fp)
