"""The journal, read with filters; and the journal of what was refused."""

import datetime as dt

import pytest
from django.db import transaction

from governance.audit import queries, refusals, trail
from governance.audit.models import Event, Refused, RefusedCount
from governance.audit.queries import Filters
from governance.errors import NotAllowed, NotPossible, Refusal
from governance.roles import actions as roles


def test_events_are_read_newest_first_and_filtered(cast):
    roles.edit_programme(cast.programme, by=cast.paul, name_fr="Autre")

    def seqs(**asked):
        return [event.seq for event in queries.events("TALV", Filters(**asked))]

    everything = seqs()
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 24
    assert len(seqs(verb="role.assigned")) == len(seqs(verb="role")) == 17
    assert seqs(verb="programme") == [24, 1]
    assert seqs(verb="rol") == []
    assert seqs(actor="paul.pilote@jalon.example") == [24]
    assert len(seqs(kind="person", code="diane.protection")) == 1
    assert len(seqs(text="security_reviewer")) == 1
    assert queries.events("AUTRE").count() == 0
    assert Event.objects.filter(stream="TALV").about("programme", "TALV").count() == 2


def test_days_of_the_journal_are_days_in_paris(db, clock_at):
    for moment in ("2026-03-01T23:30:00+01:00", "2026-03-02T00:10:00+01:00", "2026-03-02T23:59:59+01:00"):
        clock_at(moment)
        trail.record("test.done", by=None, stream="TALV")
    day = dt.date(2026, 3, 2)

    assert [e.seq for e in queries.events("TALV", Filters(since=day))] == [3, 2]
    assert [e.seq for e in queries.events("TALV", Filters(until=dt.date(2026, 3, 1)))] == [1]
    assert [e.seq for e in queries.events("TALV", Filters(since=day, until=day))] == [3, 2]


def test_whoever_acts_for_somebody_is_found_under_both_names(cast):
    trail.record("review.signed", by=cast.victor, on_behalf_of=cast.aude, stream="TALV")

    for person in (cast.victor, cast.aude):
        assert queries.events("TALV", Filters(actor=person.email, verb="review.signed")).count() == 1


def test_an_event_keeps_what_it_holds_and_the_roles_of_its_moment(cast):
    event = trail.record("test.done", by=cast.diane, about=cast.programme, payload={"n": 3, "none": None})

    assert queries.payload_of(event) == {"n": 3}
    assert queries.roles_of(event) == ["dpo"]
    assert (event.subject_kind, event.subject_code) == ("programme", "TALV")


# ---------------------------------------------------------------- refusals
def refuse(objection, **fields):
    """An act at the edge that writes, then is refused."""
    said = {"door": "page", "by": None, "verb": "role.assign", **fields}

    def act():
        with refusals.traced(**said), transaction.atomic():
            trail.record("test.done", by=None, stream="TALV")
            raise objection

    with pytest.raises(Refusal):
        act()


def test_a_refusal_leaves_its_trace_though_the_act_leaves_nothing(cast):
    before = Event.objects.count()
    refuse(
        NotAllowed("no", code="SOD-12", others=[NotPossible("no", code="INV-10")]),
        by=cast.paul,
        about=cast.programme,
    )
    trace = Refused.objects.get()

    assert Event.objects.count() == before
    assert (trace.codes, trace.actor, trace.door) == (
        ["SOD-12", "INV-10"],
        "paul.pilote@jalon.example",
        "page",
    )
    assert (trace.stream, trace.subject_kind, trace.subject_code) == ("TALV", "programme", "TALV")
    assert list(queries.refusals("TALV")) == [trace]


def test_probes_and_malformed_requests_are_counted_and_not_told(cast):
    for _try in range(3):
        refuse(NotAllowed("no", code="not_found"), by=cast.paul)
    refuse(NotAllowed("no", code="malformed"), by=cast.paul)

    assert not Refused.objects.exists()
    assert sorted(RefusedCount.objects.values_list("code", "count")) == [("malformed", 1), ("not_found", 3)]


def test_what_is_done_leaves_no_refusal(cast):
    with refusals.traced(door="page", by=cast.paul, verb="role.assign"):
        pass
    assert not Refused.objects.exists()
