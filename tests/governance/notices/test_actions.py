"""Messages: left with the change, told once, mailed at least once under one id, to those who can be told."""

import datetime as dt
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from django.conf import settings
from django.core import mail
from django.db import connections, transaction
from django.utils.translation import override

from governance import clock, library
from governance.accounts import actions as accounts
from governance.notices import actions, queries
from governance.notices.models import Message
from governance.notices.sentences import SENTENCES, WORDS
from governance.notices.tasks import deliver


@pytest.fixture
def nothing_waits(cast):
    """The messages of the cast's own making are out of the way."""
    Message.objects.all().delete()
    return cast


def leave(cast, people, **fields):
    said = {"event": "role.assigned", "about": cast.assignments["anna"], **fields}
    return actions.leave(people, **said)


# ---------------------------------------------------------------- leaving
def test_a_message_is_there_with_the_change_or_not_at_all(nothing_waits):
    cast = nothing_waits
    with transaction.atomic():
        leave(cast, [cast.anna])
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    leave(cast, [cast.anna])
    assert Message.objects.to(cast.anna).unread().count() == 1


def test_each_is_told_once_and_whoever_acts_is_not_told_unless_alone(nothing_waits):
    cast = nothing_waits
    leave(cast, [cast.anna, cast.diane, cast.anna], by=cast.diane)
    assert set(Message.objects.values_list("person__display_name", flat=True)) == {"Anna Mesure"}
    leave(cast, [cast.diane], by=cast.diane)
    assert Message.objects.to(cast.diane).unread().count() == 1


def test_the_same_thing_told_once_is_not_told_again(nothing_waits):
    cast = nothing_waits
    for _day in range(3):
        leave(cast, [cast.anna, cast.diane], once="overdue CD-01")
    leave(cast, [cast.anna], once="overdue CD-02")
    assert Message.objects.to(cast.anna).unread().count() == 2
    assert Message.objects.to(cast.diane).unread().count() == 1


def test_whoever_can_no_longer_sign_in_is_told_nothing(nothing_waits):
    cast = nothing_waits
    accounts.deactivate(cast.anna.user, by=cast.admin, reason="left")
    cast.anna.refresh_from_db()
    cast.diane.left_on = clock.today()
    assert leave(cast, [cast.anna, cast.diane]) == []


def test_an_event_without_a_sentence_is_a_mistake_of_ours(nothing_waits):
    with pytest.raises(KeyError):
        leave(nothing_waits, [nothing_waits.anna], event="role.sold")


@pytest.mark.django_db(transaction=True)
def test_a_listener_is_woken_at_the_commit():
    from tests.cast import Cast

    cast = Cast()
    with psycopg.connect(_address(), autocommit=True) as ear:
        ear.execute("LISTEN outbox")
        with transaction.atomic():
            leave(cast, [cast.anna])
            assert list(ear.notifies(timeout=0.1)) == []
        assert [call.channel for call in ear.notifies(timeout=2, stop_after=1)] == ["outbox"]


def _address():
    here = connections["default"].settings_dict
    return psycopg.conninfo.make_conninfo(
        host=here["HOST"],
        port=here["PORT"],
        dbname=here["NAME"],
        user=here["USER"],
        password=here["PASSWORD"] or None,
    )


# ---------------------------------------------------------------- leasing and mailing
def test_a_lease_ends_by_the_wall_clock_and_comes_back_slower(nothing_waits, monkeypatch):
    cast = nothing_waits
    (message,) = leave(cast, [cast.anna])
    now = clock.wall()
    monkeypatch.setattr(clock, "wall", lambda: now)
    delays = []
    for _try in range(5):
        assert actions.lease(10, 60) == [message.pk]
        assert actions.lease(10, 60) == []
        until = Message.objects.get().leased_until
        delays.append((until - now).total_seconds())
        now = until - dt.timedelta(microseconds=1)
        assert actions.lease(10, 60) == []
        now = until
    assert delays == [60, 60, 60, 120, 240]


def test_leases_are_taken_oldest_first_and_bounded(nothing_waits):
    cast = nothing_waits
    messages = [leave(cast, [cast.anna])[0].pk for _ in range(5)]
    assert actions.lease(2, 60) == messages[:2]
    assert actions.lease(9, 60) == messages[2:]


def test_a_mail_goes_once_under_the_id_of_its_message_in_the_language_of_its_reader(nothing_waits):
    cast = nothing_waits
    cast.anna.locale = "en"
    cast.anna.save()
    (message,) = leave(
        cast, [cast.anna], facts={"who": "Paul Pilote", "role": "analyst", "from": dt.date(2026, 3, 2)}
    )

    assert deliver(str(message.pk)) is True
    assert deliver(str(message.pk)) is False
    (sent,) = mail.outbox
    assert sent.to == ["anna.mesure@jalon.example"]
    assert sent.message()["Message-ID"] == f"<{message.pk}@jalon>"
    assert sent.body == "Paul Pilote gave you the role “Analyst”, from 2 March 2026.\n"
    assert "TALV" in sent.subject


def test_a_mail_that_fails_goes_again_under_the_same_id(nothing_waits, monkeypatch):
    cast = nothing_waits
    (message,) = leave(cast, [cast.anna])
    sending = actions.mail

    def breaks_after(message):
        sending(message)
        raise OSError("the connection was lost")

    monkeypatch.setattr(actions, "mail", breaks_after)
    with pytest.raises(OSError, match="lost"):
        actions.deliver(message.pk)
    assert Message.objects.get().mailed_at is None
    monkeypatch.undo()
    assert actions.deliver(message.pk)
    assert len({sent.message()["Message-ID"] for sent in mail.outbox}) == 1
    assert len(mail.outbox) == 2


def test_whoever_was_deactivated_meanwhile_gets_no_mail(nothing_waits):
    cast = nothing_waits
    (message,) = leave(cast, [cast.anna])
    accounts.deactivate(cast.anna.user, by=cast.admin, reason="left")

    assert actions.deliver(message.pk) is False
    assert mail.outbox == []
    assert actions.lease(10, 60) == []


def test_a_message_that_is_gone_is_no_error(db):
    assert actions.deliver(uuid.uuid4()) is False


@pytest.mark.django_db(transaction=True)
def test_several_workers_on_one_message_mail_it_once():
    from tests.cast import Cast

    cast = Cast()
    Message.objects.all().delete()
    messages = [leave(cast, [cast.anna])[0].pk for _ in range(10)]
    start = Barrier(6)

    def work(_):
        try:
            start.wait(timeout=10)
            return sum(actions.deliver(pk) for pk in messages)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        sent = sum(pool.map(work, range(6)))
    assert sent == len(mail.outbox) == 10
    assert len({m.message()["Message-ID"] for m in mail.outbox}) == 10


@pytest.mark.django_db(transaction=True)
def test_several_relays_never_take_the_same_message():
    from tests.cast import Cast

    cast = Cast()
    Message.objects.all().delete()
    messages = {leave(cast, [cast.anna])[0].pk for _ in range(40)}
    start = Barrier(4)

    def take(_):
        try:
            start.wait(timeout=10)
            return [pk for _round in range(5) for pk in actions.lease(4, 60)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        taken = [pk for part in pool.map(take, range(4)) for pk in part]
    assert len(taken) == len(set(taken)) == 40
    assert set(taken) == messages


# ---------------------------------------------------------------- reading
def test_one_reads_ones_own_messages(nothing_waits):
    cast = nothing_waits
    leave(cast, [cast.anna])
    leave(cast, [cast.anna])

    assert actions.mark_all_read(cast.diane) == 0
    assert Message.objects.to(cast.anna).unread().count() == 2
    assert actions.mark_all_read(cast.anna) == 2
    assert Message.objects.to(cast.anna).unread().count() == 0
    assert queries.inbox(cast.anna).count() == 2


FACTS = {
    "who": "Hélène Marque",
    "what": {"fr": "UC-01 Panier", "en": "UC-01 Cart"},
    "code": "UC-01",
    "function": "legal",
    "role": "sponsor",
    "outcome": "conditional_go",
    "decision": "approve_with_conditions",
    "severity": "before_start",
    "phase": "test_learn",
    "on": "2026-03-02",
    "from": "2026-03-02",
    "until": "2026-03-12",
    "due": "2026-03-12",
    "reason": "too early",
    "text": "sign the agreement",
}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("event", SENTENCES)
def test_every_event_is_told_in_a_full_sentence_without_a_code(db, event, lang):
    named = set(re.findall(r"%\((\w+)\)s", SENTENCES[event]))
    assert named <= set(FACTS)
    said = queries.sentence(Message(event=event, facts=FACTS), lang)

    assert said[-1] in ".!" or said.endswith(("too early", "sign the agreement"))
    assert "%" not in said
    for code in ("test_learn", "conditional_go", "approve_with_conditions", "before_start", "2026-03", "{"):
        assert code not in said


def test_words_of_rooms_above_are_those_of_their_rooms():
    """Notices stands below gates and reviews, and says their words with the same English."""
    from governance.conditions.choices import Severity
    from governance.gates.choices import Outcome
    from governance.programmes.choices import PhaseKind
    from governance.reviews.choices import Decision

    with override("en"):
        for name, kinds in (
            ("severity", Severity), ("outcome", Outcome), ("decision", Decision), ("phase", PhaseKind),
        ):  # fmt: skip
            assert WORDS[name] == {kind.value: str(kind.label) for kind in kinds}
    assert {entry["code"] for entry in library.vocabulary("phases")} == set(WORDS["phase"])


def test_every_event_that_the_code_tells_has_a_sentence():
    found = set()
    for room in ("governance", "usecases", "portal"):
        for path in (settings.ROOT / room).rglob("actions.py"):
            for call in re.finditer(r'event="([a-z_]+\.[a-z_]+)"', path.read_text()):
                found.add(call.group(1))
    assert "role.assigned" in found
    assert found <= set(SENTENCES)
