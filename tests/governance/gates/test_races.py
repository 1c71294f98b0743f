"""Two sponsors at the same moment: one decision, none stuck, doubled or unsigned (trust.md P2)."""

import threading

import pytest
from django.db import connection

from governance.audit.models import Event
from governance.errors import Refusal
from governance.gates import actions
from governance.gates.models import GateDecision, GateReview, GateSignature
from tests.governance.gates.conftest import Gates

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 60


def together(*acts):
    """Run these at the same moment, each on its own connection; give what each one met."""
    barrier, met = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait(timeout=10)
            act()
        except Refusal as refused:
            met[place] = refused.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return met


def fresh(model, row):
    return model.objects.select_related("gate__programme", "dossier__programme", "edition").get(pk=row.pk)


def test_two_sponsors_sign_at_once(cast):
    gates = Gates(cast).make_ready()
    stuck = doubled = unsigned = 0
    for _round in range(ROUNDS):
        review = actions.submit(gates.prepared(), by=cast.paul)
        met = together(
            *(
                lambda person=person, review=review: gates.sign(
                    fresh(GateReview, review), person, "recycle", rationale="À revoir."
                )
                for person in (cast.helene, cast.bruno)
            )
        )
        assert met == [None, None]
        decisions = GateDecision.objects.filter(review=review).count()
        signatures = GateSignature.objects.filter(review=review, replaced_at__isnull=True).count()
        events = Event.objects.of("TALV").about(*review.subject).filter(verb="gate.decided").count()
        review.refresh_from_db()
        stuck += review.status != "decided" or decisions == 0
        doubled += decisions > 1 or events > 1
        unsigned += decisions > 0 and signatures != 2
    assert (stuck, doubled, unsigned) == (0, 0, 0)


def test_a_withdrawal_and_the_second_signature_at_once(cast):
    gates = Gates(cast).make_ready()
    ends = set()
    for _round in range(10):
        review = actions.submit(gates.prepared(), by=cast.paul)
        gates.sign(review, cast.helene, "recycle", rationale="À revoir.")
        met = together(
            lambda review=review: gates.sign(
                fresh(GateReview, review), cast.bruno, "recycle", rationale="À revoir."
            ),
            lambda review=review: actions.withdraw(fresh(GateReview, review), by=cast.paul, reason="Non."),
        )
        review.refresh_from_db()
        decided = GateDecision.objects.filter(review=review).exists()
        assert (review.status == "decided") == decided
        assert sorted(map(str, met)) == ["None", "terminal"]
        ends.add(review.status)
    assert ends <= {"decided", "withdrawn"}


def test_two_attempts_at_once(cast):
    gates = Gates(cast).make_ready()
    for _round in range(10):
        met = together(lambda: gates.prepared(), lambda: gates.prepared())
        assert sorted(map(str, met)) == ["None", "under_way"]
        review = actions.submit(GateReview.objects.under_way().get(), by=cast.paul)
        actions.withdraw(review, by=cast.paul, reason="Encore.")


def test_the_same_sponsor_twice_at_once_signs_once(cast):
    gates = Gates(cast).make_ready()
    review = actions.submit(gates.prepared(), by=cast.paul)
    met = together(
        *(
            lambda: gates.sign(fresh(GateReview, review), cast.helene, "recycle", rationale="À revoir.")
            for _ in "ab"
        )
    )
    assert sorted(map(str, met)) == ["None", "SOD-08"]
    assert GateSignature.objects.filter(review=review).count() == 1
