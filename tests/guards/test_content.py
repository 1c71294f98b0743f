"""What the database refuses of content, in raw SQL as the site: each refusal, and a twin that passes."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from governance.audit import trail
from tests.walks.stage import stage  # noqa: F401  (a fixture)
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries

pytestmark = pytest.mark.django_db
PARTS = [
    ("backlog_usecasepurpose", "revision_id", {"purpose": "tcf_p9", "legal_basis": "consent"}),
    ("backlog_usecaserevision_authors", "usecaserevision_id", {"person_id": "author"}),
    ("backlog_usecaserevision_objectives", "usecaserevision_id", {"objective_id": "objective"}),
]
LINKS = [
    "backlog_usecasepurpose",
    "backlog_revisionsegment",
    "backlog_usecaserevision_authors",
    "backlog_usecaserevision_destinations",
    "backlog_usecaserevision_objectives",
    "backlog_usecaserevision_recipients",
    "backlog_usecaserevision_targets",
]


def run(sql, values=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def refused(sql, values=()):
    """The name of what refuses this statement, in a savepoint of its own."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        run(sql, values)
    return caught.value.__cause__.diag.constraint_name or caught.value.__cause__.sqlstate


def column(table):
    return "revision_id" if table in LINKS[:2] else "usecaserevision_id"


@pytest.fixture
def submitted(stage):  # noqa: F811
    """A revision in review."""
    return stage.submitted()


@pytest.fixture
def draft(submitted):
    """The next revision of the same use case: what may change, beside what may not."""
    backlog.withdraw(submitted, by=submitted.usecase.owner)
    return backlog.open_revision(submitted.usecase, by=submitted.usecase.owner)


@pytest.mark.parametrize(
    "change",
    [
        "title_fr = 'autre'",
        "journey = '[]'",
        "budget_eur = 1",
        "channels = '{}'",
        "edition_id = NULL",
        "number = 7",
    ],
)
def test_a_submitted_revision_does_not_change(submitted, draft, change):
    sql = f"UPDATE backlog_usecaserevision SET {change} WHERE id = %s"

    assert refused(sql, [submitted.pk]) == "INV-17"
    assert run(sql, [draft.pk]) == 1


@pytest.mark.parametrize("status", ["approved", "ready", "in_test", "iterating", "scaled"])
def test_a_use_case_is_not_approved_by_writing_so(stage, submitted, status):  # noqa: F811
    sql = "UPDATE backlog_usecase SET status = %s WHERE id = %s"

    assert refused(sql, [status, submitted.usecase.pk]) == "approved_by_its_signatures"
    stage.approve(submitted.edition)
    assert run(sql, [status, submitted.usecase.pk]) == 1


def test_a_submitted_revision_is_not_deleted(submitted, draft):
    assert refused("DELETE FROM backlog_usecaserevision WHERE id = %s", [submitted.pk]) == "INV-17"
    for table in LINKS:
        run(f"DELETE FROM {table} WHERE {column(table)} = %s", [draft.pk])
    assert run("DELETE FROM backlog_usecaserevision WHERE id = %s", [draft.pk]) == 1


@pytest.mark.parametrize("table", LINKS)
def test_what_a_submitted_revision_names_stays(submitted, draft, table):
    sql = f"DELETE FROM {table} WHERE {column(table)} = %s"

    assert refused(sql, [submitted.pk]) == "INV-17"
    assert run(sql, [draft.pk]) >= 1


@pytest.mark.parametrize(("table", "of", "row"), PARTS)
def test_nothing_is_added_to_a_submitted_revision(stage, submitted, draft, table, of, row):  # noqa: F811
    known = {"author": stage.cast.anna.pk, "objective": stage.objective.pk}
    values = {name: known.get(value, value) for name, value in row.items()}
    if table.endswith("objectives"):
        run("DELETE FROM backlog_usecaserevision_objectives WHERE usecaserevision_id = %s", [draft.pk])
    if table == "backlog_usecasepurpose":
        values["id"] = uuid.uuid4()
    names = ", ".join([of, *values])
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * (len(values) + 1))})"

    assert refused(sql, [submitted.pk, *values.values()]) == "INV-17"
    assert run(sql, [draft.pk, *values.values()]) == 1


def test_a_pinned_segment_of_a_submitted_revision_keeps_its_role(submitted, draft):
    sql = "UPDATE backlog_revisionsegment SET apply = 'upstream' WHERE revision_id = %s"

    assert refused(sql, [submitted.pk]) == "INV-17"
    assert run(sql, [draft.pk]) == 1


def test_one_draft_at_a_time(draft):
    assert (
        refused(
            "INSERT INTO backlog_usecaserevision SELECT (jsonb_populate_record(r, jsonb_build_object("
            "'id', %s::text, 'number', 9))).* FROM backlog_usecaserevision r WHERE r.id = %s",
            [str(uuid.uuid4()), draft.pk],
        )
        == "one_draft_revision"
    )


@pytest.fixture
def versions(stage):  # noqa: F811
    """A frozen version, and the draft that follows it."""
    segment = stage.segment()
    return stage.version(segment), segments.revise(segment, by=stage.cast.mehdi)


@pytest.mark.parametrize(
    "change",
    ["rule = '{}'", "valid_until = valid_from", "min_size = 1", "identity_types = '{}'", "number = 9"],
)
def test_a_frozen_version_does_not_change(versions, change):
    frozen, draft = versions
    sql = f"UPDATE segments_segmentversion SET {change} WHERE id = %s"

    assert refused(sql, [frozen.pk]) == "version_frozen"
    assert run(sql, [draft.pk]) == 1


def test_a_frozen_version_may_leave_use_and_nothing_else(versions):
    frozen, _draft = versions

    assert run("UPDATE segments_segmentversion SET deprecated_at = now() WHERE id = %s", [frozen.pk]) == 1
    assert (
        refused("UPDATE segments_segmentversion SET fp = '' WHERE id = %s", [frozen.pk]) == "version_frozen"
    )
    assert refused("DELETE FROM segments_segmentversion WHERE id = %s", [frozen.pk]) == "version_frozen"


def test_authors_of_a_frozen_version_stay(stage, versions):  # noqa: F811
    sql = "INSERT INTO segments_segmentversion_authors (segmentversion_id, person_id) VALUES (%s, %s)"
    frozen, draft = versions

    assert refused(sql, [frozen.pk, stage.cast.anna.pk]) == "version_frozen"
    assert run(sql, [draft.pk, stage.cast.anna.pk]) == 1


def test_pins_of_a_frozen_version_stay(stage):  # noqa: F811
    seed = stage.segment("LIB-UC-02#0")
    buyers = stage.segment("LIB-UC-01#0")
    pins = {"LIB-SEED-BEST": stage.version(seed), "LIB-BUYERS-180": stage.version(buyers)}
    similar = stage.segment("LIB-UC-02#1", pins=pins)
    frozen = stage.version(similar)
    draft = segments.revise(similar, by=stage.cast.mehdi)
    delete = "DELETE FROM segments_versionpin WHERE version_id = %s"
    insert = "INSERT INTO segments_versionpin (id, version_id, pinned_id) VALUES (%s, %s, %s)"

    assert frozen.pins.count() == draft.pins.count() == 2
    assert refused(delete, [frozen.pk]) == "version_frozen"
    assert run(delete, [draft.pk]) == 2
    other = stage.version(stage.segment("LIB-UC-04#0"))
    assert refused(insert, [uuid.uuid4(), frozen.pk, other.pk]) == "version_frozen"
    assert run(insert, [uuid.uuid4(), draft.pk, other.pk]) == 1
    assert refused(insert, [uuid.uuid4(), draft.pk, draft.pk]) == "never_pins_itself"


def test_sizes_are_noted_and_never_rewritten(versions):
    assert refused("UPDATE segments_sizeestimate SET size = 1") == "42501"
    assert refused("DELETE FROM segments_sizeestimate") == "42501"


def test_a_published_catalogue_is_written_once(stage):  # noqa: F811
    assert refused("UPDATE catalogue_catalogueversion SET content = '{}'") == "42501"
    assert refused("DELETE FROM catalogue_catalogueversion") == "42501"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE backlog_usecase SET emblematic = true",
        "UPDATE backlog_usecaserevision SET description = 'autre'",
        "UPDATE segments_segmentversion SET change_summary = 'autre'",
        "UPDATE kpis_kpitarget SET closed_on = set_on",
    ],
)
def test_no_governed_change_commits_without_an_event(stage, sql):  # noqa: F811
    usecase = stage.framed()
    stage.targets(usecase)
    stage.segment(approved=False)

    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        assert run(sql) >= 1
    assert caught.value.__cause__.diag.constraint_name == "change_has_an_event"

    with transaction.atomic():
        assert run(sql) >= 1
        trail.record("test.changed", by=stage.cast.paul, about=usecase)
    assert read.draft(usecase) is not None
    assert segment_queries.segments(stage.programme).count() == 1
