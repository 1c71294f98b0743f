"""Story 1: launch with conflicting roles, up to the first gate. Row 1.6 (committees) comes with its room.

Told over the verbs; the same rows are asserted again over the API.
"""

import pytest

from governance import clock
from governance.audit import trail
from governance.audit.models import Event
from governance.errors import Refusal
from governance.gates import actions as gates
from governance.gates import queries
from governance.gates.models import GateCriterion, GateDecision, GateSignature
from governance.notices.models import Message
from governance.roles import actions as roles
from governance.roles import queries as held
from governance.roles.choices import Role
from governance.roles.rules import Rights
from portal.library import actions as library
from tests import makers

pytestmark = pytest.mark.django_db
SHORT = "La plateforme est un moyen. " * 5 + "0123456789"
LONG = "La plateforme est un moyen. " * 8


def refusal(act, *args, **how):
    """What is told, and that nothing changed: not one event, not one role."""
    before = Event.objects.count(), Event.objects.values_list("hash", flat=True).last()
    with pytest.raises(Refusal) as refused:
        act(*args, **how)
    assert (Event.objects.count(), Event.objects.values_list("hash", flat=True).last()) == before
    return refused.value


def codes(act, *args, **how):
    return [each.code for each in refusal(act, *args, **how).objections]


class People:
    """Everybody of the story, before any role but that of the administrator."""

    def __init__(self):
        self.admin = makers.administrator()
        talvere = self.admin.organisation
        self.consultancy = makers.organisation("ORG-MER", "consultancy", name="Cabinet Conseil Méridien")
        for key, department, where in [
            ("helene.marque", "marketing", talvere),
            ("bruno.systemes", "it", talvere),
            ("paul.pilote", "digital", talvere),
            ("diane.protection", "privacy", talvere),
            ("chloe.client", "crm", talvere),
            ("mehdi.media", "media_buying", talvere),
            ("yann.donnees", "data", talvere),
            ("aude.juriste", "legal", talvere),
            ("simon.rempart", "security", talvere),
            ("thomas.connecteur", "it", talvere),
            ("fatou.conseil", "external", self.consultancy),
        ]:
            setattr(self, key.split(".")[0], makers.person(key, where, department))


def test_launch_with_conflicting_roles(db, clock_at):
    clock_at("2026-01-12")
    who = People()

    # 1.1 the administrator creates the programme and its first sponsor
    programme = library.found(
        by=who.admin,
        sponsor=who.helene,
        code="TALV",
        name_fr="Programme CDP Talvère Maison",
        name_en="Talvère Maison CDP programme",
        advertiser=who.admin.organisation,
        platform_kind="cdp",
        started_on=clock.today(),
    )
    assert programme.status == "draft"
    assert Event.objects.of("TALV").first().seq == 1
    assert Event.objects.of("TALV").first().verb == "programme.founded"
    assert trail.verify("TALV").ok
    assert list(held.programmes_of(who.admin)) == []  # no business page
    assert not Rights.of(who.admin, programme).reads
    assert Rights.of(who.helene, programme).roles == {Role.SPONSOR}

    # 1.2 Hélène appoints Bruno sponsor and Paul lead
    roles.assign(programme, who.bruno, Role.SPONSOR, by=who.helene)
    roles.assign(programme, who.paul, Role.CORE_TEAM_LEAD, by=who.helene, allocation_pct=100)
    given = Event.objects.of("TALV").filter(verb="role.assigned", actor=who.helene.email)
    assert given.count() == 2
    for person in (who.bruno, who.paul):
        assert Message.objects.filter(person=person, event="role.assigned").count() == 1

    # 1.3 Paul assigns himself sponsor
    assert codes(roles.assign, programme, who.paul, Role.SPONSOR, by=who.paul) == ["SOD-12", "INV-10"]
    assert Rights.of(who.paul, programme).roles == {Role.CORE_TEAM_LEAD}

    # 1.4 Paul makes a consultant core-team member, then consultant
    roles.engage(
        programme,
        who.consultancy,
        by=who.helene,
        gdpr_role="none",
        starts_on=clock.today(),
        ends_on=makers.days(200),
    )
    refused = refusal(roles.assign, programme, who.fatou, Role.CORE_TEAM_MEMBER, by=who.paul)
    assert (refused.code, refused.status) == ("INV-08", 409)
    given = roles.assign(programme, who.fatou, Role.CONSULTANT, by=who.paul)
    assert given.ends_on == makers.days(200)  # it ends with the engagement

    # 1.5 reviewers are appointed by sponsors; the DPO decides on no means nor purposes
    refused = refusal(roles.assign, programme, who.diane, Role.DPO, by=who.paul)
    assert (refused.code, refused.status) == ("INV-10", 409)
    roles.assign(programme, who.diane, Role.DPO, by=who.helene)
    refused = refusal(roles.assign, programme, who.diane, Role.DATA_OWNER, by=who.paul)
    assert (refused.code, refused.status) == ("SOD-04", 409)

    # the others of the first gate
    for person, role in [
        (who.aude, Role.LEGAL_REVIEWER),
        (who.simon, Role.SECURITY_REVIEWER),
        (who.thomas, Role.TECHNICAL_REVIEWER),
    ]:
        roles.assign(programme, person, role, by=who.helene)
    for person in (who.chloe, who.mehdi, who.yann):
        roles.assign(programme, person, Role.CORE_TEAM_MEMBER, by=who.paul, allocation_pct=40)

    # 1.6 waits for the room of committees: its criterion is named, and counts for nothing
    clock_at("2026-01-15")
    gate = queries.next_gate(programme)
    assert gate.code == "G0"
    assert [each.code for each in queries.readiness(gate).coming] == ["G0-06"]

    # 1.7 Hélène attests on a vision draft of 150 characters
    roles.set_vision_draft(programme, SHORT, by=who.paul)
    programme.refresh_from_db()
    assert len(programme.vision_draft) == 150
    review = gates.prepare(gate, by=who.paul)
    written = GateCriterion.objects.get(gate=gate, code="G0-05")
    gates.attest(review, written, by=who.helene)

    def finding(code):
        return next(
            each for each in queries.readiness(queries.next_gate(programme)).criteria if each.code == code
        )

    assert review.attestations.filter(criterion=written, by=who.helene).count() == 1
    assert not finding("G0-05").passes
    assert "150" in finding("G0-05").explanation
    assert "200" in finding("G0-05").explanation
    roles.set_vision_draft(programme, LONG, by=who.paul)
    assert finding("G0-05").passes
    gates.attest(review, GateCriterion.objects.get(gate=gate, code="G0-09"), by=who.paul)
    standing = queries.readiness(queries.next_gate(programme))
    assert [each.code for each in standing.criteria if not each.passes] == []
    assert standing.should_score == 1

    # 1.8 Paul submits; Hélène signs go twice; Bruno signs
    gates.submit(review, by=who.paul)
    terms = {
        "outcome": "go",
        "rationale": "Critères atteints.",
        "fingerprint": review.edition.fp,
        "reauth_age_s": 0,
    }
    gates.sign(review, by=who.helene, **terms)
    refused = refusal(gates.sign, review, by=who.helene, **terms)
    assert (refused.code, refused.status) == ("SOD-08", 409)
    assert not GateDecision.objects.exists()

    # 1.9 Paul tries to sign the gate
    refused = refusal(gates.sign, review, by=who.paul, **terms)
    assert (refused.code, refused.status) == ("no_right", 403)
    assert [str(each) for each in refused.who_can] == [str(Role.SPONSOR.label)]

    gates.sign(review, by=who.bruno, **terms)
    decision = GateDecision.objects.get(review=review)
    assert (decision.outcome, decision.effective_on.isoformat()) == ("go", "2026-01-15")
    assert [each.person for each in GateSignature.objects.filter(review=review)] == [who.helene, who.bruno]
    assert Event.objects.of("TALV").filter(verb="gate.decided").count() == 1
    programme.refresh_from_db()
    assert programme.status == "active"
    framing = programme.phases.get(kind="cadrage")
    assert (framing.status, framing.actual_start.isoformat()) == ("open", "2026-01-15")
    refused = refusal(gates.sign, review, by=who.paul, **terms)
    assert refused.status == 403
    assert queries.next_gate(programme).code == "G1"
    assert trail.verify("TALV").ok
