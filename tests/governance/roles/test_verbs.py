"""One call per action that has a verb: closed to whoever holds no role, and to whoever only reads."""

import pytest
from django.db import transaction

from governance.charter import actions as charter
from governance.conditions import actions as conditions
from governance.conditions.models import Condition
from governance.errors import Refusal
from governance.gates import actions as gates
from governance.reviews import actions as reviews
from governance.roles import actions, rules
from governance.roles.choices import Role
from tests import makers
from tests.governance.gates.conftest import Gates
from tests.governance.reviews import desk
from tests.walks.stage import Stage
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.catalogue import actions as catalogue
from usecases.catalogue.models import DataSource
from usecases.kpis import actions as kpis
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries


def calls(cast):
    """A call of each verb by anybody, in a programme where every one of them has something to do."""
    stage, walked = Stage(cast), Gates(cast).make_ready()
    where, firm = cast.programme, cast.organisations["ORG-MER"]
    shared = makers.dossier(where, by=cast.helene)
    lent = actions.delegate(
        where,
        by=cast.helene,
        delegate=cast.bruno,
        function="sponsor",
        starts_on=makers.days(0),
        ends_on=makers.days(3),
        reason="leave",
    )
    revision = stage.submitted()
    usecase, edition = revision.usecase, revision.edition
    legal = desk.asked(edition, "legal")
    signature = stage.sign(
        edition, "dpo", decision="approve_with_conditions", conditions=[desk.condition(cast.mehdi)]
    )
    promised = Condition.objects.get(programme=where)
    idea = stage.framed(by=cast.mehdi, template="LIB-UC-02")
    draft = segment_queries.draft(stage.segment("LIB-UC-02#0", approved=False))
    source = DataSource.objects.filter(programme=where).first()
    catalogue.set_owner(source, cast.yann, by=cast.paul)
    note = catalogue.add_note(source, by=cast.anna, text="Counted twice on Mondays.", severity="low")
    gate = walked.prepared()
    sponsors = {"by": cast.bruno, "reason": "An error was found.", "reauth_age_s": 0}
    return {
        "programme.edit": lambda by: actions.edit_programme(where, by=by, name_fr="Autre"),
        "people.edit": lambda by: actions.add_organisation(
            by=by, programme=where, code="ORG-X", name="X", kind="vendor"
        ),
        "role.assign": lambda by: actions.assign(where, cast.victor, Role.ANALYST, by=by),
        "engagement.edit": lambda by: actions.edit_engagement(
            where.engagements.first(), by=by, contract_ref="A"
        ),
        "interest.declare": lambda by: actions.declare_interest(
            by, by=by, programme=where, organisation=firm, nature="shares"
        ),
        "evidence.add": lambda by: actions.add_evidence(
            where, by=by, title="Minutes", kind="document", url="https://jalon.example/m"
        ),
        "objective.edit": lambda by: charter.draft_objective(
            where, by=by, horizon="mid", statement_fr="Mieux", owner=cast.helene, due_on=makers.days(300)
        ),
        "objective.validate": lambda by: charter.validate(stage.objective, by=by),
        "dossier.share": lambda by: actions.share(shared, cast.basile, by=by),
        "delegation.create": lambda by: actions.delegate(
            where,
            by=by,
            delegate=cast.bruno,
            function="sponsor",
            starts_on=makers.days(10),
            ends_on=makers.days(12),
            reason="leave",
        ),
        "delegation.accept": lambda by: actions.accept(lent, by=by),
        "delegation.end": lambda by: actions.end_delegation(lent, by=by, reason="back"),
        "review.sign": lambda by: desk.signed(edition, "legal", by, request=legal),
        "usecase.approve": lambda by: desk.signed(edition, "sponsor", by),
        "review.revoke": lambda by: reviews.revoke(
            signature, by=by, reason="An error was found.", reauth_age_s=0
        ),
        "condition.verify": lambda by: conditions.verify(promised, by=by),
        "condition.waive": lambda by: conditions.waive(promised, by=by, reason="No longer needed."),
        "gate.prepare": lambda by: gates.submit(gate, by=by),
        "gate.attest": lambda by: gates.attest(gate, walked.criterion("G0-05"), by=by),
        "gate.withdraw": lambda by: gates.withdraw(gate, by=by, reason="Too early."),
        "gate.decide": lambda by: gates.sign(
            gate, by=by, outcome="go", rationale="Ready.", fingerprint="sha256:" + "0" * 64, reauth_age_s=0
        ),
        "phase.reopen": lambda by: gates.reopen_phase(
            where.phases.get(kind="cadrage"), **{**sponsors, "by": by}
        ),
        "attribute.edit": lambda by: catalogue.publish(where, by=by),
        "source.connect": lambda by: catalogue.add_destination(
            where, by=by, code="DST-CAL", channel="call_centre", organisation=firm
        ),
        "note.add": lambda by: catalogue.add_note(source, by=by, text="Late on Mondays.", severity="low"),
        "note.confirm": lambda by: catalogue.confirm_note(note, by=by),
        "segment.edit": lambda by: segments.edit(draft, by=by, name="Autre"),
        "segment.freeze": lambda by: segments.freeze(draft, by=by),
        "usecase.create": lambda by: backlog.create(where, by=by, template="LIB-UC-03"),
        "usecase.edit_draft": lambda by: backlog.edit(read.draft(idea), by=by, title_fr="Autre"),
        "usecase.submit": lambda by: backlog.submit(read.draft(idea), by=by),
        "usecase.withdraw": lambda by: backlog.withdraw(revision, by=by, reason="Too early."),
        "usecase.score": lambda by: backlog.score(
            idea, by=by, reach=1000, impact=1, confidence=1, effort_weeks=2
        ),
        "usecase.prioritise": lambda by: backlog.schedule(
            idea, by=by, start=makers.days(9), end=makers.days(40)
        ),
        "usecase.pause": lambda by: backlog.pause(usecase, by=by, reason="Complaints."),
        "usecase.resume": lambda by: backlog.resume(usecase, by=by),
        "usecase.stop": lambda by: backlog.stop(usecase, by=by, reason="No use."),
        "target.set": lambda by: kpis.set_target(where, by=by, kpi="cpa", kind="primary"),
        "programme.found": lambda by: actions.found_programme(
            by=by,
            code="AUTRE",
            name_fr="Autre",
            name_en="Other",
            advertiser=cast.helene.organisation,
            platform_kind="cdp",
            sponsor=cast.bruno,
        ),
    }


def how_it_ends(call, by):
    """The refusal's code and status; of what was tried, nothing stays."""
    with transaction.atomic():
        try:
            call(by)
        except Refusal as refusal:
            return refusal.code, refusal.status
        finally:
            transaction.set_rollback(True)
    return "done", 200


@pytest.fixture
def verbs(cast):
    return calls(cast)


def ends(verbs, by):
    """How each verb ends for somebody; founding programmes stands apart."""
    return {action: how_it_ends(call, by) for action, call in verbs.items() if action != "programme.found"}


def test_every_verb_is_closed_to_whoever_holds_no_role(cast, verbs):
    stranger = cast.newcomer("odile.message", department="communication")
    closed = dict.fromkeys(set(rules.ACTIONS_WITH_VERBS) - {"programme.found"}, ("not_found", 404))

    assert ends(verbs, stranger) == closed
    assert ends(verbs, cast.admin) == closed
    assert how_it_ends(verbs["programme.found"], stranger) == ("no_right", 403)
    assert how_it_ends(verbs["programme.found"], cast.admin) == ("done", 200)


def test_an_auditor_reads_everything_and_does_nothing(cast, verbs):
    assert {
        action: status for action, (_code, status) in ends(verbs, cast.alma).items() if status != 403
    } == {}


def test_a_deactivated_account_finds_every_verb_closed(cast, verbs):
    actions.deactivate(cast.helene.user, by=cast.admin, reason="lost badge")

    assert {
        action: told for action, told in ends(verbs, cast.helene).items() if told != ("no_role", 403)
    } == {}
