"""Segments through pages: written, sized, frozen, taken out of use."""

import datetime as dt
import json

import pytest

from governance import clock
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.web.conftest import Desk
from tests.governance.web.panel import form_of
from usecases.segments import actions as segments
from usecases.segments import queries as read
from usecases.segments.choices import SegmentStatus

pytestmark = pytest.mark.django_db

ACTS = (
    ("segment_revise", ()),
    ("segment_estimate", (1,)),
    ("segment_freeze", (1,)),
    ("segment_deprecate", (1,)),
)


def in_days(days):
    return (clock.today() + dt.timedelta(days=days)).isoformat()


def test_c23_a_rule_is_read_out_to_those_who_write_one(stage):
    segment = stage.segment()
    named = {"segment": {"code": segment.code, "version": 1, "state": "in"}}
    rule = json.dumps({"dsl": "segrule/1", "where": named})
    for who, status in ((stage.cast.victor, 403), (stage.cast.lila, 403), (stage.cast.mehdi, 200)):
        answer = Desk(who, stage.programme).post("usecases:segment_check", rule=rule)
        assert answer.status_code == status, who
        assert (segment.dossier.name_en in answer.content.decode()) == (status == 200)


def test_c3_who_uses_a_shared_segment_is_told_to_those_who_may_read_it(stage):
    revision = stage.submitted()
    usecase, segment = revision.usecase, revision.segments.first().segment_version.segment
    roles.share(segment.dossier, stage.cast.basile, by=stage.cast.paul)
    assert usecase.dossier.name_en in Desk(stage.cast.mehdi, stage.programme).text(
        "usecases:segment", segment.code
    )
    said = Desk(stage.cast.basile, stage.programme).text("usecases:segment", segment.code)
    assert usecase.dossier.name_en not in said
    roles.share(usecase.dossier, stage.cast.basile, by=stage.cast.paul)
    assert usecase.dossier.name_en in Desk(stage.cast.basile, stage.programme).text(
        "usecases:segment", segment.code
    )


def test_a_segment_of_the_library_is_written_sized_and_frozen(stage, desk):
    cast = stage.cast
    analyst = desk(cast.anna)
    blank = analyst.get("usecases:segment_new", **{"from": "LIB-UC-01#0"})
    typed = form_of(blank, "") | {"valid_until": in_days(300), "name_en": "Recent buyers"}
    answer = analyst.post("usecases:segment_new", **typed)
    assert answer.status_code == 302, answer.content.decode()
    code = answer["Location"].rstrip("/").rpartition("/")[2]
    assert "Recent buyers" in analyst.text("usecases:segments")
    early = analyst.post("usecases:segment_freeze", code, 1, version=1)
    assert early.status_code == 409
    size = {"size": 455_000, "on": in_days(0), "method": "sample"}
    assert analyst.post("usecases:segment_estimate", code, 1, **(size | {"on": ""})).status_code == 400
    assert analyst.post("usecases:segment_estimate", code, 1, **size).status_code == 302
    draft = read.draft(stage.programme.dossiers.get(code=code).segment)
    assert analyst.post("usecases:segment_freeze", code, 1, version=draft.version + 7).status_code == 412
    assert analyst.post("usecases:segment_freeze", code, 1, version=draft.version).status_code == 302
    assert read.status_of(read.latest(draft.segment)) == SegmentStatus.IN_REVIEW


def test_a_version_is_revised_edited_and_an_old_one_goes_out_of_use(stage, desk):
    cast = stage.cast
    segment = stage.segment()
    lead = desk(cast.paul)
    assert lead.post("usecases:segment_revise", "SEG-01").status_code == 302
    page = lead.get("usecases:segment_edit", "SEG-01")
    typed = form_of(page, "")
    assert json.loads(typed["rule"][0])
    assert lead.post("usecases:segment_edit", "SEG-01", **(typed | {"rule": "{"})).status_code == 400
    assert (
        lead.post("usecases:segment_edit", "SEG-01", **(typed | {"change_summary": "Plus large"})).status_code
        == 302
    )
    assert read.draft(segment).change_summary == "Plus large"
    assert "Plus large" in lead.text("usecases:segment", "SEG-01", version="2")
    assert lead.post("usecases:segment_deprecate", "SEG-01", 1).status_code == 302
    assert read.status_of(segment.versions.get(number=1)) == SegmentStatus.DEPRECATED


def test_a_later_writer_of_a_segment_sees_both_sides(stage, desk):
    cast = stage.cast
    segment = stage.segment(approved=False)
    mine = form_of(desk(cast.mehdi).get("usecases:segment_edit", "SEG-01"), "")
    theirs = mine | {"change_summary": "De Paul"}
    assert desk(cast.paul).post("usecases:segment_edit", "SEG-01", **theirs).status_code == 302
    answer = desk(cast.mehdi).post(
        "usecases:segment_edit", "SEG-01", **(mine | {"change_summary": "De Mehdi"})
    )
    assert answer.status_code == 412
    text = answer.content.decode()
    assert "De Paul" in text
    assert "De Mehdi" in text
    again = form_of(answer, "") | {"keep_change_summary": "theirs"}
    assert desk(cast.mehdi).post("usecases:segment_edit", "SEG-01", **again).status_code == 302
    assert read.draft(segment).change_summary == "De Paul"


def test_a_rule_is_said_as_it_is_typed(stage, desk):
    writer = desk(stage.cast.anna)
    segment = stage.segment(approved=False)
    said = writer.post(
        "usecases:segment_check", rule=read.draft(segment).rule, role="target"
    ).content.decode()
    assert "The rule holds." in said
    assert "<html" not in said
    assert "Not readable yet" in writer.post("usecases:segment_check", rule="{").content.decode()
    for odd in ("[]", '"x"', "7", '{"segrule": 1}', "[" * 5000):
        assert writer.post("usecases:segment_check", rule=odd, role="target").status_code == 200


def test_a_refusal_shows_its_status_and_leaves_one_trace(stage, desk, one_refusal):
    stage.segment(approved=False)
    answer = desk(stage.cast.aude).post("usecases:segment_revise", "SEG-01")
    assert answer.status_code == 403
    assert "This was not done" in answer.content.decode()
    assert one_refusal() == ("segment.revise", ["no_right"], "page")


@pytest.mark.parametrize(("name", "more"), ACTS)
def test_an_act_on_a_segment_is_never_a_get(stage, desk, name, more):
    stage.segment(approved=False)
    assert desk(stage.cast.anna).get(f"usecases:{name}", "SEG-01", *more).status_code == 405


def test_htmx_gets_the_rows_of_segments_alone(stage, desk):
    stage.segment(approved=False)
    reader = desk(stage.cast.anna)
    part = reader.client.get(reader.url("usecases:segments"), headers={"HX-Request": "true"})
    assert "SEG-01" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_agencies_and_strangers_find_no_segment(stage, desk):
    stage.segment(approved=False)
    agency, stranger = desk(Role.AGENCY), desk(stage.cast.newcomer("zoe.ailleurs"))
    assert agency.get("usecases:segment", "SEG-01").status_code == 404
    assert stranger.get("usecases:segments").status_code == 404
    assert desk(stage.cast.anna).get("usecases:segment", "SEG-09").status_code == 404
    assert desk(stage.cast.anna).get("usecases:segment", "SEG-01", version="²").status_code == 200


def test_a_draft_version_says_whose_signature_would_fall(stage, desk):
    segment = stage.segment()
    writer = desk(stage.cast.mehdi)
    draft = segments.revise(segment, by=stage.cast.mehdi)
    segments.estimate(draft, by=stage.cast.anna, size=455_000, method="sample")
    text = writer.text("usecases:segment", "SEG-01")
    assert "Frozen as it stands:" in text
    assert "Technical: what was signed stands" in text
    assert "Nobody is asked: it is approved at once." in text
    segments.edit(draft, by=stage.cast.mehdi, refresh="async_batch")
    text = writer.text("usecases:segment", "SEG-01")
    assert "Technical: signs again, for these changed: " in text
    assert "Nobody is asked" not in text
    assert writer.statements("usecases:segment", "SEG-01") <= 20  # speed.md 4


def test_segments_cost_the_same_at_two_sizes(stage, desk):
    stage.segment()
    reader = desk(stage.cast.anna)
    listed, shown = reader.statements("usecases:segments"), reader.statements("usecases:segment", "SEG-01")
    stage.segment("LIB-UC-04#0")
    stage.segment("LIB-UC-12#0", approved=False)
    assert reader.statements("usecases:segments") == listed <= 10
    assert reader.statements("usecases:segment", "SEG-01") == shown <= 20
