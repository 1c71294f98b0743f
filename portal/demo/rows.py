"""Finding, when an act is done, the rows that the file names by their codes."""

from __future__ import annotations

from functools import partial

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
    return Later(key, lambda: rows.get(email=email(key)))


def organisation(code: str) -> Later:
    """Name an organisation."""
    return Later(code, partial(Organisation.objects.get, code=code))


def programme() -> Later:
    """Name the one programme of the demo."""
    return Later("TALV", Programme.objects.get)


def phase(kind: str) -> Later:
    """Name a phase."""
    return Later(kind, lambda: Phase.objects.select_related("programme").get(kind=kind))


def engagement(code: str) -> Later:
    """Name the engagement of an organisation."""
    rows = Engagement.objects.select_related("programme", "organisation")
    return Later(code, lambda: rows.get(organisation__code=code))


def delegation(code: str) -> Later:
    """Name a delegation."""
    return Later(code, partial(Delegation.objects.get, code=code))


def source(code: str) -> Later:
    """Name a data source."""
    return Later(code, lambda: DataSource.objects.select_related("programme", "owner").get(code=code))


def note(code: str, text: str) -> Later:
    """Name a note on a source by what it says."""
    return Later(code, partial(KnowledgeNote.objects.get, source__code=code, text=text))


def objective(code: str) -> Later:
    """Name an objective."""
    return Later(code, lambda: Objective.objects.select_related("programme", "owner").get(code=code))


def evidence(code: str) -> Later:
    """Name a piece of evidence."""
    return Later(code, partial(Evidence.objects.get, code=code))


def condition(code: str) -> Later:
    """Name a condition."""
    return Later(code, partial(Condition.objects.get, code=code))


def dossier(code: str) -> Later:
    """Name a dossier."""
    return Later(code, lambda: Dossier.objects.select_related("programme").get(code=code))


def use_case(code: str) -> Later:
    """Name a use case."""
    rows = UseCase.objects.select_related("dossier__programme", "owner")
    return Later(code, lambda: rows.get(dossier__code=code))


def revision(code: str, number: int) -> Later:
    """Name a revision of a use case."""
    return Later(f"{code} r{number}", lambda: REVISIONS.get(usecase__dossier__code=code, number=number))


def segment(code: str) -> Later:
    """Name a segment."""
    rows = Segment.objects.select_related("dossier__programme", "owner")
    return Later(code, lambda: rows.get(dossier__code=code))


def version(code: str, number: int) -> Later:
    """Name a version of a segment."""
    return Later(f"{code} v{number}", lambda: VERSIONS.get(segment__dossier__code=code, number=number))


def edition(code: str, number: int) -> Later:
    """Name what was frozen under a code and a number."""
    rows = Edition.objects.select_related("dossier__programme", "submitted_by__user", "approval")
    return Later(f"{code}/{number}", lambda: rows.get(dossier__code=code, number=number))


def request(code: str, number: int, function: str) -> Later:
    """Name the open request of a function."""
    rows = ReviewRequest.objects.open().select_related("edition__dossier__programme", "edition__submitted_by")
    return Later(
        f"{code}/{number} {function}",
        lambda: rows.get(edition__dossier__code=code, edition__number=number, function=function),
    )


def fingerprint(code: str, number: int) -> Later:
    """Name the fingerprint that whoever signs has on the screen."""
    return Later("", lambda: edition(code, number).find().fp)


def answers(code: str, number: int, function: str, otherwise: dict[str, str]) -> Later:
    """Answer yes to every question of a function, but those answered otherwise (reading rule 3)."""

    def find() -> dict[str, str]:
        asked = edition(code, number).find().requirements.get(function=function)
        return {
            question.code: otherwise.get(question.code, "yes")
            for question in policies.questions(asked.checklist)
        }

    return Later("", find)


def gate(code: str) -> Later:
    """Name a gate."""
    return Later(code, lambda: Gate.objects.select_related("programme").get(code=code))


def criterion(code: str) -> Later:
    """Name a criterion of a gate."""
    return Later(code, lambda: GateCriterion.objects.select_related("gate__programme").get(code=code))


def attempt(code: str, number: int) -> Later:
    """Name an attempt at a gate."""
    rows = GateReview.objects.select_related(
        "gate__programme", "dossier__programme", "edition", "submitted_by", "prepared_by"
    )
    return Later(f"{code}/{number}", lambda: rows.get(gate__code=code, attempt=number))


def terms_on_screen(code: str, number: int) -> Later:
    """Name the fingerprint of the findings that sponsors have on the screen."""
    return Later("", lambda: attempt(code, number).find().edition.fp)
