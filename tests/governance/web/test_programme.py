"""The programme's page, its frame, its objectives."""

from governance.charter import actions as charter
from governance.conditions import actions as conditions
from governance.gates import actions as gates
from governance.programmes.models import Programme
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers


def drafted(cast, horizon="short", days=100, statement="Moins de gaspillage"):
    return charter.draft_objective(
        cast.programme,
        by=cast.paul,
        horizon=horizon,
        statement_fr=statement,
        statement_en="Less waste",
        owner=cast.helene,
        due_on=makers.days(days),
    )


def promised(cast, number=1, **fields):
    given = {"owner": cast.mehdi, "due_on": makers.days(9), "severity": "after_due", "function": "legal"}
    return conditions.promise(
        cast.programme, by=cast.aude, text=f"Condition number {number}", **{**given, **fields}
    )


def test_an_empty_programme_teaches_what_belongs_there(desk):
    said = desk(Role.SPONSOR).text("programme")
    assert "Nobody has written why this programme exists" in said
    assert "No condition is open" in said
    assert "No gate is decided yet" in said


def test_the_page_tells_the_gate_ahead_objectives_and_conditions(cast, desk):
    gates.load(cast.programme)
    drafted(cast)
    promised(cast)
    said = desk(Role.SPONSOR).text("programme")
    assert "G0 does not pass yet" in said
    assert "Less waste" in said
    assert "Condition number 1" in said
    assert "Nothing measures this objective yet" in said  # the disabled button says why


def test_the_gate_is_counted_again_after_the_next_event(cast, desk):
    gates.load(cast.programme)
    sponsor = desk(Role.SPONSOR)
    assert "Core-team availability" in sponsor.text("programme")
    roles.assign(
        cast.programme,
        cast.newcomer("rosa.reseau"),
        Role.CORE_TEAM_MEMBER,
        by=cast.helene,
        allocation_pct=100,
    )
    roles.assign(
        cast.programme,
        cast.newcomer("chloe.client"),
        Role.CORE_TEAM_MEMBER,
        by=cast.helene,
        allocation_pct=60,
    )
    assert "Core-team availability" not in sponsor.text("programme")


def test_each_part_of_the_frame_is_saved_on_its_own(cast, desk):
    sponsor = desk(Role.SPONSOR)
    parts = [
        ("vision", {"vision_draft": "Why"}),
        ("frame", {"name_fr": "Nouveau nom", "name_en": "New name", "platform_kind": "dmp"}),
        (
            "operator",
            {"operator_mode": "external_hired", "operator_start_planned": makers.days(200).isoformat()},
        ),
    ]
    for part, given in parts:
        version = Programme.objects.get().version
        answer = sponsor.post("programme_edit", part=part, version=version, **given)
        assert answer.status_code == 302, part
    programme = Programme.objects.get()
    assert (programme.vision_draft, programme.name_en) == ("Why", "New name")
    assert programme.operator_mode == "external_hired"


def test_a_stale_form_shows_both_sides_and_keeps_the_one_chosen(cast, desk, one_refusal):
    sponsor, stale = desk(Role.SPONSOR), cast.programme.version
    sponsor.post("programme_edit", part="vision", version=stale, vision_draft="Theirs")
    mine = {"part": "vision", "vision_draft": "Mine"}

    answer = sponsor.post("programme_edit", version=stale, **mine)
    said = answer.content.decode()
    assert answer.status_code == 412
    assert "Theirs" in said
    assert "Mine" in said
    assert "keep_vision_draft" in said
    assert one_refusal() == ("programme.edit", ["stale"], "page")

    version = Programme.objects.get().version
    assert f'name="version" value="{version}"' in said
    sponsor.post("programme_edit", version=version, keep_vision_draft="theirs", **mine)
    assert Programme.objects.get().vision_draft == "Theirs"
    sponsor.post("programme_edit", version=Programme.objects.get().version, keep_vision_draft="mine", **mine)
    assert Programme.objects.get().vision_draft == "Mine"


def test_a_form_without_its_version_is_malformed(cast, desk):
    answer = desk(Role.SPONSOR).post("programme_edit", part="vision", vision_draft="Mine")
    assert answer.status_code == 400
    assert Programme.objects.get().vision_draft == ""


def test_whoever_may_not_change_the_frame_is_told_who_may(cast, desk, one_refusal):
    analyst = desk(Role.ANALYST)
    assert "rights in this phase: Sponsor, Core-team lead may." in analyst.text("programme_edit")
    answer = analyst.post(
        "programme_edit", part="vision", version=cast.programme.version, vision_draft="Mine"
    )
    assert answer.status_code == 403
    assert Programme.objects.get().vision_draft == ""
    assert one_refusal() == ("programme.edit", ["no_right"], "page")


def test_a_phase_is_planned(cast, desk):
    given = {"cadrage-planned_start": makers.days(1), "cadrage-planned_end": makers.days(90)}
    answer = desk(Role.CORE_TEAM_LEAD).post("programme_edit", part="plan", phase="cadrage", **given)
    assert answer.status_code == 302
    assert cast.programme.phases.get(kind="cadrage").planned_end == makers.days(90)
    given = {"setup-planned_start": makers.days(9), "setup-planned_end": makers.days(1)}
    assert desk(Role.SPONSOR).post("programme_edit", part="plan", phase="setup", **given).status_code == 422


def test_an_objective_is_drafted_and_not_validated_before_it_is_measured(cast, desk, one_refusal):
    given = {
        "horizon": "short",
        "statement_fr": "Moins de gaspillage",
        "owner": cast.helene.pk,
        "due_on": makers.days(90),
    }
    assert desk(Role.CORE_TEAM_LEAD).post("objective_new", **given).status_code == 302
    objective = cast.programme.objectives.get()

    answer = desk(Role.SPONSOR).post("objective_validate", objective.code)
    assert answer.status_code == 409
    assert "Nothing measures this objective yet" in answer.content.decode()
    assert one_refusal() == ("objective.validate", ["INV-04"], "page")


def test_the_page_costs_the_same_whatever_it_shows(cast, desk):
    gates.load(cast.programme)
    drafted(cast)
    promised(cast)
    sponsor = desk(Role.SPONSOR)
    few = sponsor.statements("programme")
    for number in range(2, 12):
        drafted(cast, statement=f"Objectif {number}")
        promised(cast, number)
    assert sponsor.statements("programme") == few
    assert few <= 24
