"""What the replay arrives at, with the rooms that there are."""

import dataclasses
import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils.translation import override

from governance import clock, library
from governance.accounts.models import User
from governance.audit import trail
from governance.audit.models import Event, FixedClock
from governance.conditions.models import Condition
from governance.dossiers.models import Edition, EditionScope
from governance.gates import queries as gates
from governance.gates.models import GateDecision
from governance.notices.models import Message
from governance.programmes.models import Programme
from governance.reviews import queries as reviews
from governance.reviews.models import Review, ReviewRequest
from governance.roles import queries as roles
from governance.roles.models import RoleAssignment
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from portal.demo import replay, rows
from portal.home import queries as home
from tests import executable_reading
from usecases.backlog import queries as backlog
from usecases.backlog.models import UseCaseRevision
from usecases.catalogue.models import CatalogueVersion, DataSource, KnowledgeNote
from usecases.kpis.models import KpiTarget
from usecases.segments import queries as segments
from usecases.segments.models import SegmentVersion, SizeEstimate

FUNCTIONS = ("legal", "dpo", "security", "technical", "sponsor")
FLAGS = {
    ("UC-01", 1): {"large_scale", "platform_match", "third_party_export", "tracker_data"},
    ("UC-01", 2): {"large_scale", "platform_match", "third_party_export", "tracker_data"},
    ("UC-02", 1): {"tracker_data"},
    ("UC-02", 2): {"data_combination", "third_party_export", "tracker_data"},
    ("UC-03", 1): {"complaint_data"},
    ("UC-04", 1): set(),
    ("UC-05", 1): {"inferred_traits", "large_scale", "platform_match", "scoring", "third_party_export"},
    ("UC-06", 1): {"inferred_traits", "scoring"},
    ("UC-06", 2): {"inferred_traits", "scoring"},
    ("UC-07", 1): {"data_combination"},
    ("UC-08", 1): {"inferred_traits", "large_scale", "tracker_data"},
    ("UC-09", 1): {"data_combination", "platform_match", "third_party_export", "tracker_data"},
    ("UC-10", 1): {"data_combination", "large_scale", "tracker_data"},
    ("UC-11", 1): {"large_scale"},
    ("UC-12", 1): {
        *("budget_over_threshold", "inferred_traits", "large_scale", "platform_match", "third_party_export"),
        "tracker_data",
    },
}
# Statuses that tests, activations and retrospectives give come with their rooms: until then, approved.
USE_CASES = {
    **{f"UC-{number:02}": "approved" for number in range(1, 11)},
    "UC-11": "submitted",
    "UC-12": "changes_requested",
    "UC-13": "framing",
    "UC-14": "idea",
}
REVISIONS = {
    ("UC-01", 1): "superseded",
    ("UC-02", 1): "superseded",
    ("UC-06", 1): "changes_requested",
    ("UC-11", 1): "in_review",
    ("UC-12", 1): "changes_requested",
    ("UC-13", 1): "draft",
    ("UC-14", 1): "draft",
}


def day(text):
    return dt.date.fromisoformat(text)


IDENTITY = {
    Edition: ("dossier__code", "number", "fp", "submitted_at", "closed_at"),
    EditionScope: ("edition__dossier__code", "edition__number", "function", "fp"),
    SegmentVersion: ("segment__dossier__code", "number", "fp", "frozen_at", "valid_until"),
    CatalogueVersion: ("number", "fp"),
    Review: ("dossier__code", "function", "signed_at", "reviewer__email", "scope_fp", "valid_through"),
    ReviewRequest: ("edition__dossier__code", "edition__number", "function", "round", "due_on", "state"),
    KpiTarget: ("code", "set_on", "baseline_from"),
    Condition: ("code", "status", "verified_at"),
    Message: ("at", "event", "subject_code", "person__email"),
}


def identity():
    """All that two replays must share: codes, dates, fingerprints, signatures, the ends of the chains."""
    rows = {
        model: list(model.objects.order_by(*names).values_list(*names)) for model, names in IDENTITY.items()
    }
    return rows | {"heads": {stream: trail.verify(stream).head for stream in trail.streams()}}


# ---------------------------------------------------------------- the replay itself
@pytest.fixture
def first(demo):
    """What identifies the replay that the other tests read."""
    return identity()


def test_two_replays_agree_and_a_replay_gives_the_database_its_own_today(first, scratch):
    said = StringIO()
    call_command("demo", stdout=said)
    kept = FixedClock.objects.get()
    assert (kept.instant, kept.day) == (None, None)
    assert kept.shift_days == (day("2026-11-16") - clock.day_of(clock.wall())).days
    assert clock.today() == day("2026-11-16")
    assert identity() == first
    assert (
        f"TALV: {Event.objects.of('TALV').count()} events, head {first['heads']['TALV']}" in said.getvalue()
    )
    assert "14 use cases, 17 revisions, 16 segments, 19 versions, 30 targets" in said.getvalue()
    with pytest.raises(CommandError, match="is not empty"):
        call_command("demo", stdout=StringIO())


def test_a_refusal_stops_the_replay_by_its_name_and_leaves_nothing(scratch, monkeypatch):
    opening = replay.script()[:40]
    founding = next(each for each in opening if each.verb.__name__ == "found")
    stopper = dataclasses.replace(founding, actor=rows.person("paul.pilote"))
    monkeypatch.setattr(replay, "script", lambda: [*opening, stopper])
    with pytest.raises(CommandError) as stopped:
        call_command("demo", stdout=StringIO())
    assert "2026-01-12, TALV paul.pilote: portal.library.found(" in str(stopped.value)
    assert "no_right" in str(stopped.value)
    assert not Programme.objects.exists()
    assert not User.objects.exists()
    assert not Event.objects.exists()
    assert not FixedClock.objects.exists()


def test_reset_empties_the_database_first_and_heeds_a_fixed_day(scratch, monkeypatch):
    opening = replay.script()[:6]
    monkeypatch.setattr(replay, "script", lambda: opening)
    call_command("demo", stdout=StringIO())
    seen = set(User.objects.values_list("pk", flat=True))
    with override_settings(FIXED_TODAY="2026-11-20"):
        call_command("demo", "--reset", stdout=StringIO())
    assert User.objects.count() == len(seen)
    assert not User.objects.filter(pk__in=seen).exists()
    assert FixedClock.objects.get().day == day("2026-11-20")


def test_without_the_owner_the_demo_says_what_it_needs(scratch, monkeypatch):
    with monkeypatch.context() as here:  # undone before the other database is let go
        here.delenv("OWNER_DATABASE_URL")
        with pytest.raises(CommandError, match="set OWNER_DATABASE_URL"):
            call_command("demo", stdout=StringIO())


def test_the_chains_hold_and_say_that_their_time_was_given(demo):
    for stream in ("TALV", "TALV-BE", "jalon"):
        verdict = trail.verify(stream)
        assert verdict.ok
        assert verdict.staged == verdict.events > 0


def test_acts_begin_at_nine_in_paris_a_minute_each(demo):
    moments = sorted(
        {event.at.astimezone(clock.PARIS) for event in Event.objects.filter(at__date="2026-03-10")}
    )
    assert moments[0] == dt.datetime(2026, 3, 10, 9, tzinfo=clock.PARIS)
    assert {(moment.second, moment.microsecond) for moment in moments} == {(0, 0)}


def test_nothing_waits_to_be_mailed_and_only_the_last_week_is_unread(demo):
    assert not Message.objects.filter(mailed_at__isnull=True).exists()
    unread = Message.objects.filter(read_at__isnull=True)
    assert unread.exists()
    assert {clock.day_of(at) for at in unread.values_list("at", flat=True)} <= {
        day("2026-11-09") + dt.timedelta(days=n) for n in range(8)
    }


# ---------------------------------------------------------------- who
def test_the_cast_signs_in_and_holds_the_roles_of_the_file(demo):
    file = library.demo()
    assert set(Person.objects.values_list("email", flat=True)) == {
        "admin@jalon.example",
        *(f"{each['key']}@talvere.example" for each in file["people"]),
    }
    assert Person.objects.filter(user__isnull=True).count() == 0
    assert User.objects.get(email="aude.juriste@talvere.example").check_password("jalon-demo")
    assert len(set(User.objects.values_list("password", flat=True))) == 1
    given = RoleAssignment.objects.values_list(
        "programme__code", "person__email", "role", "starts_on", "ends_on"
    )
    assert sorted(given, key=str) == sorted(
        (
            (each["programme"]["code"], f"{key}@talvere.example", role, day(start), day(end) if end else None)
            for each in library.demos()
            for key, role, start, end, _share in each["assignments"]
        ),
        key=str,
    )


# ---------------------------------------------------------------- the programme and its gates
def test_set_up_is_open_behind_two_gates_decided_go(demo):
    assert demo.status == "active"
    assert list(
        demo.phases.order_by("order").values_list("kind", "status", "actual_start", "actual_end")
    ) == [
        ("cadrage", "closed", day("2026-01-15"), day("2026-04-09")),
        ("setup", "open", day("2026-04-10"), None),
        ("test_learn", "not_started", None, None),
        ("run", "not_started", None, None),
    ]
    decisions = list(GateDecision.objects.order_by("decided_at"))
    assert [(str(each.review), each.outcome, each.effective_on) for each in decisions] == [
        ("G0/1", "go", day("2026-01-15")),
        ("G1/1", "go", day("2026-04-09")),
    ]
    for each in decisions:
        assert {each.first.person.display_name, each.second.person.display_name} == {
            "Hélène Marque",
            "Bruno Systèmes",
        }
        assert each.should_score == 1
        assert {finding.outcome for finding in gates.frozen_findings(each.review)} == {"pass"}
    assert gates.next_gate(demo).code == "G2"


def test_objectives_are_validated_by_their_owners(demo):
    assert {each.code: (each.status, str(each.validated_by)) for each in demo.objectives.all()} == {
        "OBJ-S1": ("validated", "Hélène Marque"),
        "OBJ-S2": ("validated", "Hélène Marque"),
        "OBJ-M1": ("validated", "Odile Message"),
        "OBJ-M2": ("validated", "Bruno Systèmes"),
        "OBJ-L1": ("validated", "Hélène Marque"),
    }


def test_the_second_programme_waits_at_its_first_gate_for_two_criteria(belgium):
    assert belgium.status == "draft"
    assert set(belgium.phases.values_list("status", flat=True)) == {"not_started"}
    with override("en"):
        ready = gates.readiness(belgium)
    assert (ready.gate.code, ready.review) == ("G0", None)
    assert {each.code: each.explanation for each in ready.criteria if not each.passes} == {
        "G0-05": "Sponsor is to attest it for this attempt. The problem and the results expected take "
        "132 characters: at least 200 are needed.",
        "G0-09": "Core-team lead is to attest it for this attempt.",
    }
    assert {each.code for each in ready.criteria if each.passes} == {
        *("G0-01", "G0-02", "G0-03", "G0-04", "G0-07", "G0-08")
    }
    assert set(ready.refused_outcomes) == {"go", "conditional_go"}


def test_it_waits_for_its_lead_and_for_nobody_else(demo, belgium):
    waits = {}
    with override("en"):
        for person in roles.people_of(belgium):
            found = home.waiting(person, [Rights.of(person, demo), Rights.of(person, belgium)])
            waits[str(person)] = [item.title for item in found if item.programme == belgium]
    assert {name: titles for name, titles in waits.items() if titles} == {
        "Paul Pilote": ["Prepare G0, the first gate"]
    }


def test_whoever_is_in_both_is_listed_once_at_the_door_and_lands_on_the_main_one(demo, belgium):
    listed = [person["email"] for group in home.demo_cast()["cast"] for person in group["people"]]
    assert sorted(listed) == sorted(f"{each['key']}@talvere.example" for each in library.demo()["people"])
    paul = Person.objects.get(email="paul.pilote@talvere.example")
    assert list(roles.programmes_of(paul).order_by("code")) == [demo, belgium]


# ---------------------------------------------------------------- data
def test_sources_have_owners_quality_and_confirmed_notes(demo):
    file = library.demo()
    sources = {each.code: each for each in DataSource.objects.filter(programme=demo).select_related("owner")}
    assert {code: each.owner.email.split("@")[0] for code, each in sources.items()} == file["source_owners"]
    assert (sources["DS-PAR"].quality, sources["DS-ADS"].quality, sources["DS-CRM"].quality) == (62, 66, 80)
    assert KnowledgeNote.objects.filter(status="confirmed").count() == len(file["knowledge_notes"])
    assert CatalogueVersion.objects.get().published_on == day("2026-03-06")


# ---------------------------------------------------------------- segments
def test_segments_stand_where_the_file_says(demo):
    found = {
        segment.code: (
            segments.status_of(last := segments.latest(segment)),
            last.number,
            segment.role,
            segment.apply,
        )
        for segment in segments.segments(demo)
    }
    told = {
        said["code"]: (said["status"], said["versions"], said["role"], said.get("apply", ""))
        for said in library.demo()["segments"]
    }
    standing = dict.fromkeys(library.demo()["standing_exclusions"], ("approved", 1, "exclusion", "upstream"))
    assert found == told | standing


def test_versions_are_frozen_by_whom_and_when_the_file_says(demo):
    found = {
        (version.segment.code, version.number): (
            clock.day_of(version.frozen_at),
            version.frozen_by.email.split("@")[0],
            {author.email.split("@")[0] for author in version.authors.all()},
        )
        for version in segments.versions(demo).exclude(segment__dossier__code__startswith="LIB")
    }
    assert found == {
        (said["code"], said["v"]): (day(said["frozen"][0]), said["frozen"][1], set(said["authors"]))
        for said in library.demo()["segment_versions"]
    }


def test_sizes_are_those_of_the_file(demo):
    rows = SizeEstimate.objects.values_list(
        "version__segment__dossier__code", "version__number", "estimated_on", "size"
    )
    assert set(rows) == {
        (said["code"], said["v"], day(on), size)
        for said in library.demo()["segment_versions"]
        for on, size in said["estimates"]
    }


def test_a_version_pins_the_versions_it_names(demo):
    similar = segments.versions(demo).get(segment__dossier__code="SEG-06")
    assert {str(pin.pinned.segment.code) + f" v{pin.pinned.number}" for pin in similar.pins.all()} == {
        "SEG-05 v1",
        "SEG-01 v1",
    }


# ---------------------------------------------------------------- use cases
def test_use_cases_stand_where_today_s_rooms_bring_them(demo):
    found = {each.code: each for each in backlog.use_cases(demo)}
    assert {code: each.status for code, each in found.items()} == USE_CASES
    for said in library.demo()["usecases"]:
        one = found[said["code"]]
        assert one.owner.email == f"{said['owner']}@talvere.example"
        assert one.department == one.owner.department
        assert one.created_on == day(said["created"])
        assert one.framed_on == (day(said["framed"]) if "framed" in said else None)
        assert [one.roadmap_start, one.roadmap_end] == [day(each) for each in said["roadmap"]]


def test_scores_are_those_of_the_reading_guide(demo):
    found = {each.code: round(each.rice_score) for each in backlog.use_cases(demo)}
    assert (found["UC-01"], found["UC-06"], found["UC-12"], found["UC-14"]) == (240000, 11429, 83333, 2500)


def test_revisions_stand_where_the_file_says(demo):
    found = {
        (one.code, revision.number): status.value
        for one in backlog.use_cases(demo)
        for revision, status in backlog.history(one)
    }
    assert found == dict.fromkeys(found, "approved") | REVISIONS
    assert len(found) == 17


def test_revisions_are_written_and_submitted_by_whom_and_when_the_file_says(demo):
    found = UseCaseRevision.objects.filter(edition__isnull=False).select_related(
        "usecase__dossier", "edition"
    )
    assert {
        (one.usecase.code, one.number): (
            clock.day_of(one.edition.submitted_at),
            {author.email.split("@")[0] for author in one.authors.all()},
            one.scenario_level,
        )
        for one in found
    } == {
        (said["uc"], said["r"]): (day(said["submitted"]), set(said["authors"]), said["level"])
        for said in library.demo()["revisions"]
        if said["submitted"]
    }


def frozen():
    """The editions of use cases, by code and number."""
    rows = Edition.objects.filter(dossier__kind="use_case").select_related("dossier")
    return {(edition.dossier.code, edition.number): edition for edition in rows}


def test_revisions_raise_the_flags_of_the_file(demo):
    assert {key: set(edition.flags) for key, edition in frozen().items()} == FLAGS


@executable_reading.needed
def test_flags_sizes_and_requirements_are_those_of_the_executable_reading(demo):
    checker = executable_reading.checker()
    for key, edition in frozen().items():
        assert set(edition.flags) == checker.CONTENT[key]["flags"], key
        assert edition.size == checker.CONTENT[key]["size"], key
        asked = {
            one.function: {"min": one.minimum, "days": one.days, "sla": one.sla}
            for one in edition.requirements.all()
        }
        assert asked == checker.NEED[key], key


@executable_reading.needed
def test_versions_ask_for_the_reviews_of_the_executable_reading(demo):
    checker = executable_reading.checker()
    for version in segments.versions(demo).exclude(segment__dossier__code__startswith="LIB"):
        key = (version.segment.code, version.number)
        asked = {
            one.function: {"min": one.minimum, "days": one.days, "sla": one.sla}
            for one in version.edition.requirements.all()
        }
        assert asked == checker.SEG_NEED[key], key


def test_a_use_case_blocks_enriches_or_shares(demo):
    links = {
        (link.from_usecase.code, link.to_usecase.code, link.kind)
        for one in backlog.use_cases(demo)
        for link in backlog.dependencies(one)
    }
    assert links == {tuple(each) for each in library.demo()["dependencies"]}


def test_targets_are_set_when_and_by_whom_the_file_says(demo):
    found = {each.code: each for each in KpiTarget.objects.select_related("kpi", "dossier", "set_by")}
    assert len(found) == 30
    set_on = {
        code: (found[code].set_on, str(found[code].set_by)) for code in ("T01", "T12", "T08", "T16", "T23")
    }
    assert set_on == {
        "T01": (day("2026-02-11"), "Paul Pilote"),
        "T12": (day("2026-02-11"), "Paul Pilote"),
        "T08": (day("2026-08-24"), "Paul Pilote"),
        "T16": (day("2026-03-23"), "Mehdi Média"),
        "T23": (day("2026-10-09"), "Rosa Réseau"),
    }
    for said in library.demo()["targets"]:
        one = found[said["id"]]
        subject = one.dossier.code if one.dossier else "programme"
        assert (one.kpi.code, one.kind, subject) == (said["kpi"], said["kind"], said["subject"])
        assert (one.baseline, one.target, one.minimum, one.maximum) == tuple(
            said.get(name) for name in ("baseline", "target", "min", "max")
        )


# ---------------------------------------------------------------- reviews and conditions
def standing_of(code, number):
    return {each.function: each for each in reviews.standing(frozen()[code, number])}


def test_signatures_are_made_by_whom_and_when_the_file_says(demo):
    signed = {
        (review.dossier.code, review.edition.number, review.function): (
            review.reviewer.email.split("@")[0],
            str(clock.day_of(review.signed_at)),
            review.decision,
        )
        for review in Review.objects.filter(dossier__kind="use_case", request__round=1).select_related(
            "dossier", "edition", "reviewer"
        )
    }
    assert signed == {
        (said["uc"], said["r"], function): tuple(said[function])
        for said in library.demo()["revisions"]
        for function in FUNCTIONS
        if function in said
    }


def test_signed_answers_are_yes_but_those_of_the_file(demo):
    for said in library.demo()["revisions"]:
        for function in FUNCTIONS:
            if function in said:
                review = Review.objects.get(
                    dossier__code=said["uc"], edition__number=said["r"], function=function, request__round=1
                )
                noes = {code for code, answer in review.answers.items() if answer["answer"] != "yes"}
                assert noes == set(said.get("answers", {}).get(function, {}))


def test_what_waits_on_the_day_is_due_when_the_file_says(demo):
    waiting = {
        (request.edition.dossier.code, request.function): (
            str(request.assigned_to or ""),
            str(request.due_on),
        )
        for request in ReviewRequest.objects.open().select_related("edition__dossier", "assigned_to")
    }
    assert waiting == {
        ("UC-11", "legal"): ("Victor Clause", "2026-11-19"),
        ("UC-11", "dpo"): ("Diane Protection", "2026-11-19"),
        ("UC-11", "sponsor"): ("", "2026-11-19"),
        ("UC-12", "legal"): ("", "2026-11-17"),
        ("UC-12", "security"): ("Simon Rempart", "2026-11-17"),
        ("UC-12", "sponsor"): ("", "2026-11-17"),
        ("SEG-12", "technical"): ("Thomas Connecteur", "2026-11-06"),
    }


def test_standing_of_what_is_in_review_and_of_what_was_rejected(demo):
    points = standing_of("UC-11", 1)
    assert {name: each.state for name, each in points.items() if each.required} == {
        "legal": "missing",
        "dpo": "missing",
        "technical": "valid",
        "sponsor": "missing",
    }
    assert set(points["sponsor"].waits_for) == {"legal", "dpo"}
    assert standing_of("UC-12", 1)["dpo"].state == "negative"
    assert standing_of("UC-12", 1)["sponsor"].minimum == 2
    assert standing_of("UC-06", 1)["dpo"].state == "negative"
    assert frozen()["UC-06", 1].closed_as == "rejected"


def test_approved_revisions_are_covered_on_the_day_and_only_the_overdue_condition_blocks(demo):
    blocked = []
    for (code, number), edition in frozen().items():
        if USE_CASES[code] == "approved" and (code, number) not in REVISIONS:
            for each in reviews.standing(edition):
                assert each.covers, (code, each.function, each.why)
                if not each.clears:
                    blocked.append((code, each.function, each.state))
    assert blocked == [("UC-05", "legal", "blocked")]


def test_technical_signatures_were_renewed(demo):
    renewed = Review.objects.filter(request__round=2, dossier__kind="use_case").order_by("dossier__code")
    assert [(each.dossier.code, each.function, str(clock.day_of(each.signed_at))) for each in renewed] == [
        ("UC-02", "technical", "2026-08-24"),
        ("UC-03", "technical", "2026-08-24"),
        ("UC-04", "technical", "2026-08-25"),
        ("UC-05", "technical", "2026-08-25"),
        ("UC-08", "technical", "2026-09-24"),
    ]


def test_conditions_are_met_when_the_file_says(demo):
    found = {
        each.code: (
            each.status,
            each.verified_at and str(clock.day_of(each.verified_at)),
            each.severity,
            str(each.due_on),
        )
        for each in Condition.objects.all()
    }
    assert found == {
        said["code"]: (
            "satisfied" if "satisfied_on" in said else "open",
            said.get("satisfied_on"),
            said["severity"],
            said["due"],
        )
        for said in library.demo()["conditions"]
        if said["origin"].startswith("review")
    }
    assert Condition.objects.overdue(clock.today()).get().code == "COND-05"
