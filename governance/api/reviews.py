"""Review requests, signatures on exactly what was read, and where each function stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from governance import clock
from governance.api.base import (
    Body,
    Day,
    Objection,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    lang,
    operation,
    person_of,
)
from governance.api.gates import objection_of
from governance.api.people import Reason
from governance.conditions.choices import Severity
from governance.conditions.models import Condition
from governance.dossiers import queries as dossiers
from governance.dossiers.choices import DossierKind, Facet, ReviewFunction
from governance.dossiers.queries import FacetDifference
from governance.reviews import actions, policies, queries, rules
from governance.reviews.choices import Decision, RequestState, Standing
from governance.reviews.models import Review, ReviewRequest
from governance.reviews.queries import FunctionStanding
from governance.roles import queries as roles


# ---------------------------------------------------------------- what others show too
class SubjectShape(Shape):
    """What is signed: an edition of a dossier."""

    kind = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    number = serializers.IntegerField()


class RowShape(Shape):
    """One line of a facet, as it was and as it is."""

    label = serializers.CharField()  # type: ignore[assignment]
    was = serializers.JSONField()
    now = serializers.JSONField()


class FacetShape(Shape):
    """One side of a content."""

    facet = serializers.ChoiceField(Facet.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    changed = serializers.BooleanField()
    rows = RowShape(many=True)


def facet_of(one: FacetDifference) -> dict[str, Any]:
    """One side of a content, in words."""
    return {
        "facet": one.facet.value,
        "label": one.facet.label,
        "changed": one.changed,
        "rows": [{"label": label, "was": was, "now": now} for label, was, now in one.rows],
    }


class ReviewShape(Shape):
    """One signature."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    function = serializers.CharField()
    decision = serializers.CharField()
    reviewer = PersonShape()
    on_behalf_of = PersonShape(allow_null=True)
    edition = serializers.IntegerField()
    scope_fingerprint = serializers.CharField()
    fingerprint = serializers.CharField()
    meaning = serializers.CharField()
    public_comment = serializers.CharField()
    signed_at = serializers.CharField()
    valid_through = serializers.CharField()
    conditions = serializers.ListField(child=serializers.CharField())
    revoked_at = serializers.CharField(allow_null=True)
    revoked_by = PersonShape(allow_null=True)
    revoke_reason = serializers.CharField()


def review_of(review: Review, conditions: Iterable[Condition] | None = None) -> dict[str, Any]:
    """One signature; whoever has the conditions that it set at hand gives them."""
    return {
        "id": review.pk,
        "code": review.code,
        "function": review.function,
        "decision": review.decision,
        "reviewer": person_of(review.reviewer),
        "on_behalf_of": person_of(review.on_behalf_of),
        "edition": review.edition.number,
        "scope_fingerprint": review.scope_fp,
        "fingerprint": review.full_fp,
        "meaning": review.meaning,
        "public_comment": review.public_comment,
        "signed_at": review.signed_at,
        "valid_through": review.valid_through,
        "conditions": sorted(
            one.code for one in (review.conditions.all() if conditions is None else conditions)
        ),
        "revoked_at": review.revoked_at,
        "revoked_by": person_of(review.revoked_by),
        "revoke_reason": review.revoke_reason,
    }


class SignerShape(Shape):
    """Who signed, for whom."""

    review = serializers.UUIDField()
    reviewer = PersonShape()
    on_behalf_of = PersonShape(allow_null=True)
    decision = serializers.CharField()
    signed_at = serializers.CharField()


class FunctionShape(Shape):
    """Where one function stands on an edition, and why."""

    function = serializers.ChoiceField(ReviewFunction.choices)
    required = serializers.BooleanField()  # type: ignore[assignment]
    minimum = serializers.IntegerField()
    signatures = serializers.IntegerField()
    state = serializers.ChoiceField(Standing.choices)
    covers = serializers.BooleanField()
    clears = serializers.BooleanField()
    by = SignerShape(many=True)
    scope_fingerprint = serializers.CharField()
    valid_through = serializers.CharField(allow_null=True)
    waits_for = serializers.ListField(child=serializers.CharField())
    renewable = serializers.BooleanField()
    why = serializers.CharField()


def function_of(one: FunctionStanding) -> dict[str, Any]:
    """Where one function stands."""
    return {
        "function": one.function,
        "required": one.required,
        "minimum": one.minimum,
        "signatures": one.signatures,
        "state": one.state,
        "covers": one.covers,
        "clears": one.clears,
        "by": [
            {
                "review": review.pk,
                "reviewer": person_of(review.reviewer),
                "on_behalf_of": person_of(review.on_behalf_of),
                "decision": review.decision,
                "signed_at": review.signed_at,
            }
            for review in one.by
        ],
        "scope_fingerprint": one.scope_fp,
        "valid_through": one.valid_through,
        "waits_for": one.waits_for,
        "renewable": one.renewable,
        "why": one.why,
    }


# ---------------------------------------------------------------- requests
class RequestRow(Shape):
    """A function asked to read one edition."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    function = serializers.CharField()
    subject = SubjectShape()
    state = serializers.ChoiceField(RequestState.choices)
    asked_by = PersonShape()
    asked_at = serializers.CharField()
    due_on = serializers.CharField()
    late = serializers.BooleanField()
    assigned_to = PersonShape(allow_null=True)
    taken_at = serializers.CharField(allow_null=True)
    closed_at = serializers.CharField(allow_null=True)
    closed_as = serializers.CharField()
    version = serializers.IntegerField()


class RequirementShape(Shape):
    """What the function owes this edition."""

    minimum = serializers.IntegerField()
    days = serializers.IntegerField()
    after = serializers.ListField(child=serializers.CharField())
    policies = serializers.ListField(child=serializers.CharField())


class AskedQuestion(Shape):
    """A question to answer: yes, no or na."""

    code = serializers.CharField()
    text = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    blocking = serializers.BooleanField()


class RequestShape(RequestRow):
    """What there is to read before signing. `fingerprint` comes back with the signature.

    `since` is the number of the edition that the function last signed; `facets` tell what it answers for,
    with what changed since. `objections` say what keeps me from signing now.
    """

    fingerprint = serializers.CharField()
    scope_fingerprint = serializers.CharField()
    flags = serializers.ListField(child=serializers.CharField())
    since = serializers.IntegerField(allow_null=True)
    facets = FacetShape(many=True)
    checklist = AskedQuestion(many=True)
    requirement = RequirementShape()
    standing = FunctionShape()
    meaning = serializers.DictField(child=serializers.CharField())
    objections = Objection(many=True)


def request_row(one: ReviewRequest) -> dict[str, Any]:
    """A function asked to read one edition."""
    dossier = one.edition.dossier
    return {
        "id": one.pk,
        "code": one.code,
        "function": one.function,
        "subject": {
            "kind": dossier.kind,
            "code": dossier.code,
            "name": dossier.name,
            "number": one.edition.number,
        },
        "state": one.state,
        "asked_by": person_of(one.asked_by),
        "asked_at": one.asked_at,
        "due_on": one.due_on,
        "late": one.closed_at is None and one.due_on < clock.today(),
        "assigned_to": person_of(one.assigned_to),
        "taken_at": one.taken_at,
        "closed_at": one.closed_at,
        "closed_as": one.closed_as,
        "version": one.version,
    }


class RequestFilters(Body):
    """Which requests: `mine` are those of my functions, held or lent to me."""

    mine = serializers.BooleanField(required=False, default=False)
    function = serializers.ChoiceField(ReviewFunction.choices, required=False)
    state = serializers.ChoiceField([*RequestState.values, "open"], required=False)
    subject = serializers.CharField(max_length=24, required=False)
    kind = serializers.ChoiceField(DossierKind.choices, required=False)


class Requests(ProgrammeEndpoint):
    """Review requests."""

    @operation(RequestRow, filters=RequestFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the requests of the programme, the first due first."""
        if asked["mine"]:
            rows = queries.requests_open_to(self.me, self.programme)
        else:
            rows = ReviewRequest.objects.filter(edition__dossier__programme=self.programme).select_related(
                "edition__dossier", "asked_by", "assigned_to"
            )
        if function := asked.get("function"):
            rows = rows.filter(function=function)
        if state := asked.get("state"):
            rows = rows.filter(closed_at__isnull=True) if state == "open" else rows.filter(state=state)
        if subject := asked.get("subject"):
            rows = rows.filter(edition__dossier__code=subject)
        if kind := asked.get("kind"):
            rows = rows.filter(edition__dossier__kind=kind)
        return self.page(rows.order_by("due_on", "asked_at", "pk"), each(request_row))


class RequestEndpoint(ProgrammeEndpoint):
    """What is about one request."""

    asked_of: ReviewRequest

    def find(self, *, id: Any) -> None:
        """Find the request."""
        rows = ReviewRequest.objects.filter(edition__dossier__programme=self.programme, pk=id)
        self.asked_of = self.found(
            rows.select_related(
                "edition__dossier__programme", "edition__submitted_by", "asked_by", "assigned_to"
            ).first()
        )


class OneRequest(RequestEndpoint):
    """One request."""

    @operation(RequestShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read what there is to sign: content, what changed, questions, and the meaning of each decision."""
        return self.told(self.asked_of)

    def told(self, one: ReviewRequest) -> dict[str, Any]:
        """Tell a request whole."""
        edition, function = one.edition, one.function
        signed = Review.objects.filter(dossier=edition.dossier, function=function).defer("answers")
        read = signed.select_related("edition__dossier__programme")
        before = queries.last_signed(read, edition, function)
        case = queries.case_of(edition, conditions=True)
        watched = policies.watched(function)
        sides = dossiers.difference(before, edition, lang(), watched)
        standing = next(each for each in queries.standing(edition, case) if each.function == function)
        requirement = case.frozen[function]
        questions = policies.questions(
            requirement.checklist, also_blocking=rules.also_blocking(edition, function)
        )
        refused = rules.objection_to_open(self.me, one, rights=self.rights, case=case)
        through = policies.valid_through(clock.today(), requirement.days)
        return {
            **request_row(one),
            "fingerprint": edition.fp,
            "scope_fingerprint": standing.scope_fp,
            "flags": edition.flags,
            "since": before.number if before is not None else None,
            "facets": [facet_of(side) for side in sides],
            "checklist": [
                {"code": item.code, "text": item.text, "source": item.source, "blocking": item.blocking}
                for item in questions
            ],
            "requirement": {
                "minimum": requirement.minimum,
                "days": requirement.days,
                "after": requirement.after,
                "policies": requirement.policies,
            },
            "standing": function_of(standing),
            "meaning": {
                decision: policies.meaning(
                    person=str(self.me),
                    function=function,
                    decision=decision,
                    title=dossiers.title_of(edition, lang()),
                    code=edition.dossier.code,
                    number=edition.number,
                    kind=edition.dossier.kind,
                    holds_through=through,
                    lang=lang(),
                    on_behalf_of=self._on_behalf_of(one),
                    facets=watched,
                )
                for decision in Decision.values
            },
            "objections": [objection_of(each) for each in refused.objections] if refused is not None else [],
        }

    def _on_behalf_of(self, one: ReviewRequest) -> str:
        if one.function in self.rights.functions:
            return ""
        lent = roles.delegation_for(self.me, one, clock.today())
        return str(lent.delegator) if lent is not None else ""


class TakeRequest(RequestEndpoint):
    """Taking a request up."""

    @operation(RequestRow, versioned=True, verb="review.take")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take a request up, so that others see that it is in hand."""
        self.expects(self.asked_of, lock=self.asked_of.edition.dossier)
        return request_row(actions.take(self.asked_of, by=self.me))


class Assigning(Body):
    """To whom."""

    person = serializers.EmailField(max_length=254)


class AssignRequest(RequestEndpoint):
    """Assigning a request."""

    @operation(RequestRow, asks=Assigning, versioned=True, verb="review.assign")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Assign a request to one of those who may sign it."""
        self.expects(self.asked_of, lock=self.asked_of.edition.dossier)
        person = self.someone(asked["person"], "person")
        return request_row(actions.assign(self.asked_of, person, by=self.me))


class ConditionIn(Body):
    """What is asked, of whom, by when, and what it holds up."""

    text = Text(4000)
    owner = serializers.EmailField(max_length=254)
    due_on = Day()
    severity = serializers.ChoiceField(Severity.choices)


class Signing(Body):
    """What one signs, on the content of this fingerprint. Answers are `yes`, `no` or `na` by question."""

    shown = ("status", "state", "decided_at", "author", "reviewer", "reauth_age_s", "version")
    decision = serializers.ChoiceField(Decision.choices)
    fingerprint = Text(
        71, required=False, allow_blank=True, help_text="Of the content that was read: 428 without."
    )
    answers = serializers.DictField(required=False)
    conditions = ConditionIn(many=True, required=False)
    public_comment = Text(4000, required=False, allow_blank=True)


class SignRequest(RequestEndpoint):
    """A signature."""

    @operation(ReviewShape, asks=Signing, status=201, verb="review.sign")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Sign an opinion on exactly the content that was read. A person's act, never a token's."""
        age = self.reauth_age_s()
        conditions = [
            {**one, "owner": self.someone(one["owner"], "conditions")} for one in asked.get("conditions", [])
        ]
        review = actions.sign(
            self.asked_of,
            asked["decision"],
            fingerprint=asked.get("fingerprint"),
            by=self.me,
            reauth_age_s=age,
            answers=asked.get("answers"),
            conditions=conditions,
            public_comment=asked.get("public_comment", ""),
        )
        return review_of(review, review.set_conditions)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- signatures
class RevokeReview(ProgrammeEndpoint):
    """The revocation of a signature."""

    review: Review

    def find(self, *, id: Any) -> None:
        """Find the signature."""
        rows = Review.objects.filter(dossier__programme=self.programme, pk=id)
        self.review = self.found(
            rows.select_related(
                "dossier__programme",
                "edition__dossier",
                "request__edition__dossier",
                "reviewer",
                "on_behalf_of",
            ).first()
        )

    @operation(ReviewShape, asks=Reason, verb="review.revoke")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Revoke a signature of one's function: it falls at once, and the function is asked again."""
        age = self.reauth_age_s()
        return review_of(actions.revoke(self.review, by=self.me, reason=asked["reason"], reauth_age_s=age))


class AskAgain(RequestEndpoint):
    """A renewal."""

    @operation(RequestRow, status=201, verb="review.ask_again")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask the function to sign the same content again: its signature fell, or ends within 45 days."""
        return request_row(actions.ask_again(self.asked_of.edition, self.asked_of.function, by=self.me))
