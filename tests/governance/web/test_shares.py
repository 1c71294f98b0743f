"""Single exceptions: one dossier opened to one person, and closed again."""

import pytest

from governance.audit.models import Event
from governance.notices.models import Message
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers
from tests.governance.web.conftest import Desk


@pytest.fixture
def dossier(cast):
    return makers.dossier(cast.programme, "UC-91", by=cast.helene)


def test_a_sponsor_opens_a_dossier_to_an_agency_and_closes_it(cast, desk, dossier):
    sponsor, agency = desk(Role.SPONSOR), cast[Role.AGENCY]
    assert "Opened to nobody else" in sponsor.text("shares", "UC-91")
    offered = sponsor.get("shares", "UC-91").context["form"].fields["person"].queryset
    assert {one.email for one in offered} == {agency.email, cast[Role.CREATIVE].email}

    assert sponsor.post("shares", "UC-91", person=agency.pk).status_code == 302
    assert agency.email in sponsor.text("shares", "UC-91")
    assert Event.objects.get(verb="dossier.shared").subject_code == "UC-91"
    assert Message.objects.filter(person=agency, event="dossier.shared").exists()

    assert sponsor.post("share_end", "UC-91", person=agency.email).status_code == 302
    assert "Opened to nobody else" in sponsor.text("shares", "UC-91")
    assert sponsor.post("share_end", "UC-91", person=agency.email).status_code == 404


def test_who_may_not_share_is_told_and_changes_nothing(cast, desk, dossier, one_refusal):
    roles.share(dossier, cast[Role.AGENCY], by=cast.helene)
    observer = desk(Role.OBSERVER)
    page = observer.get("shares", "UC-91")
    assert cast[Role.AGENCY].email in page.content.decode()
    assert (
        "<select"
        not in page.content.decode().split("<main", 1)[1].split('id="share"', 1)[1].split("</section>")[0]
    )
    answer = observer.post("shares", "UC-91", person=cast[Role.CREATIVE].pk)
    assert answer.status_code == 403
    assert one_refusal()[0] == "dossier.share"
    assert observer.post("share_end", "UC-91", person=cast[Role.AGENCY].email).status_code == 403
    assert not Event.objects.filter(verb="dossier.unshared").exists()


def test_a_person_who_is_not_offered_is_refused_at_the_field(cast, desk, dossier):
    answer = desk(Role.SPONSOR).post("shares", "UC-91", person=cast[Role.OBSERVER].pk)
    assert answer.status_code == 400
    assert answer.context["form"].errors["person"]


def test_strangers_agencies_and_unknown_dossiers_find_nothing(cast, desk, dossier):
    outsider = Desk(makers.person("olga.ailleurs", cast.organisations["ORG-TAL"]), cast.programme)
    for visitor in (outsider, desk(Role.AGENCY)):
        assert visitor.get("shares", "UC-91").status_code == 404
        assert visitor.post("share_end", "UC-91").status_code == 404
    assert desk(Role.SPONSOR).get("shares", "UC-99").status_code == 404


def test_the_page_costs_the_same_whoever_is_listed(cast, desk, dossier):
    sponsor = desk(Role.SPONSOR)
    before = sponsor.statements("shares", "UC-91")
    for name in ("agency.one", "agency.two", "agency.three"):
        person = cast.newcomer(name)
        roles.assign(cast.programme, person, Role.AGENCY, by=cast.helene, starts_on=makers.days(0))
        roles.share(dossier, person, by=cast.helene)
    assert sponsor.statements("shares", "UC-91") == before
