"""Story 4 over the API: a change after approval fells only what watches it (4.1, 4.2 and 4.4)."""

import pytest

from tests import makers
from tests.governance.api.door import key
from tests.walks.test_story_2_api import Desk, P
from tests.walks.test_story_4 import within

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(stage):
    return Desk(stage)


def approved(desk):
    """UC-01 approved on SEG-01 v1, which the operator froze in set-up."""
    makers.in_phase(desk.stage.programme, "setup")
    made = desk["mehdi"].post(
        P + "segments/", {"template": "LIB-UC-01#0", "rule": within("P90D"), "name_fr": "Acheteurs récents"}
    )
    segment = made["code"]
    version = f"segments/{segment}/versions/1/"
    assert (
        desk["olivier"].post(P + version + "estimates/", {"size": 455_000, "method": "sample"}).status == 201
    )
    frozen = desk.changed("olivier", version + "freeze/", of=version)
    assert frozen["frozen_by"]["email"] == desk.cast.olivier.email
    for function, asked in desk.requests(segment).items():
        assert desk.sign({"technical": "thomas", "dpo": "diane"}[function], asked["id"]).status == 201
    code = desk["mehdi"].post(P + "use-cases/", {"template": "LIB-UC-01"}, key=key())["code"]
    desk.changed("paul", f"use-cases/{code}/frame/", of=f"use-cases/{code}/")
    desk.complete(code)
    pin = {"segment": segment, "number": 1, "role": "exclusion", "apply": "exported"}
    revision = f"use-cases/{code}/revisions/1/"
    desk.changed("mehdi", revision, {"segments": [pin]}, method="PATCH")
    desk.changed("mehdi", revision + "submit/", of=revision)
    signing(desk, code)
    assert desk["paul"].get(P + f"use-cases/{code}/")["status"] == "approved"
    return segment, code


def signing(desk, code):
    for function, name in (
        ("legal", "aude"),
        ("dpo", "diane"),
        ("security", "simon"),
        ("technical", "thomas"),
        ("sponsor", "helene"),
    ):
        if asked := desk.requests(code).get(function):
            assert desk.sign(name, asked["id"]).status == 201


def test_a_change_after_approval(desk):
    segment, code = approved(desk)

    # 4.1 the frozen version stays; widening it is a draft of the next one
    one, two = f"segments/{segment}/versions/1/", f"segments/{segment}/versions/2/"
    before = desk["mehdi"].get(P + one)
    refused = desk["mehdi"].patch(P + one, {"rule": within("P180D")}, version=before.version)
    assert (refused.status, refused.code) == (409, "version_frozen")
    opened = desk["mehdi"].post(
        P + f"segments/{segment}/versions/", version=desk.version("mehdi", f"segments/{segment}/")
    )
    assert (opened.status, opened["number"], opened["status"]) == (201, 2, "draft")
    desk.changed("mehdi", two, {"rule": within("P180D")}, method="PATCH")
    after = desk["mehdi"].get(P + one)
    assert (after["rule"], after["fingerprint"]) == (before["rule"], before["fingerprint"])
    # r1 pins v1: another revision is needed
    revision = f"use-cases/{code}/revisions/1/"
    pin = {"segment": segment, "number": 2, "role": "exclusion", "apply": "exported"}
    refused = desk["mehdi"].patch(P + revision, {"segments": [pin]}, version=desk.version("mehdi", revision))
    assert (refused.status, refused.code) == (409, "INV-17")

    # 4.2 r2 changes the segment only: legal and DPO are asked, the others stand, until the same day
    assert desk["anna"].post(P + two + "estimates/", {"size": 455_000, "method": "sample"}).status == 201
    desk.changed("anna", two + "freeze/", of=two)
    for function, asked in desk.requests(segment).items():
        assert desk.sign({"technical": "thomas", "dpo": "diane"}[function], asked["id"]).status == 201
    stood = desk.standing(code)
    second = desk["mehdi"].post(
        P + f"use-cases/{code}/revisions/", version=desk.version("mehdi", f"use-cases/{code}/")
    )
    assert second["number"] == 2
    revision = f"use-cases/{code}/revisions/2/"
    desk.changed("mehdi", revision, {"segments": [pin]}, method="PATCH")
    desk.changed("mehdi", revision + "submit/", of=revision)
    assert set(desk.requests(code)) == {"legal", "dpo"}
    told = desk["aude"].get(P + revision + "diff/?from=1")
    assert [side["facet"] for side in told["facets"] if side["changed"]] == ["AUDIENCE"]
    now = desk.standing(code)
    for function in ("security", "technical", "sponsor"):
        assert now[function]["state"] == "valid"
        assert now[function]["valid_through"] == stood[function]["valid_through"]
        assert now[function]["scope_fingerprint"] == stood[function]["scope_fingerprint"]
    for function in ("legal", "dpo"):
        assert now[function]["state"] == "missing"
        assert now[function]["scope_fingerprint"] != stood[function]["scope_fingerprint"]
        assert "Audience" in now[function]["why"]
    # what she reads tells what changed since she signed
    read = desk["aude"].get(P + f"review-requests/{desk.requests(code)['legal']['id']}/")
    assert read["since"] == 1
    changed = {side["facet"]: side["rows"] for side in read["facets"] if side["changed"]}
    ((row,),) = changed.values()
    assert ("90" in str(row["was"]), "180" in str(row["now"])) == (True, True)
    # the first revision is what it was
    first = desk["paul"].get(P + f"use-cases/{code}/standing/?revision=1")
    assert (first["approved"], all(one["covers"] for one in first["functions"])) == (True, True)
    assert desk["paul"].get(P + f"use-cases/{code}/")["status"] == "approved"
    signing(desk, code)
    history = desk["paul"].get(P + f"use-cases/{code}/revisions/")["results"]
    assert [(one["number"], one["status"]) for one in history] == [(2, "approved"), (1, "superseded")]

    # 4.4 a typo in the French title: wording only, nobody is asked, approved by the submit
    ines = desk.cast.newcomer("ines.deux", department="digital", role="core_team_member")
    desk.cast.by_name["ines2"] = ines
    desk.changed("paul", f"use-cases/{code}/", {"owner": ines.email}, method="PATCH")
    desk.changed("ines2", f"use-cases/{code}/revisions/", of=f"use-cases/{code}/")
    revision = f"use-cases/{code}/revisions/3/"
    desk.changed("ines2", revision, {"title_fr": "Exclusion des convertis des campagnes"}, method="PATCH")
    submitted = desk.changed("ines2", revision + "submit/", of=revision)
    assert submitted["status"] == "approved"
    assert desk.requests(code) == {}
    told = desk["aude"].get(P + revision + "diff/?from=2")
    assert [side["facet"] for side in told["facets"] if side["changed"]] == ["WORDING"]
    assert all(one["covers"] for one in desk.standing(code).values())
    assert desk["paul"].get(P + f"use-cases/{code}/")["title_fr"] == "Exclusion des convertis des campagnes"
