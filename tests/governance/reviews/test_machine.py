"""Signing, revoking, revising, events and time, in any order: the portal agrees with a plain model."""

import datetime as dt
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from governance import clock
from governance.errors import Refusal
from governance.reviews import actions, queries
from governance.reviews.choices import Decision
from governance.reviews.models import Approval, Coverage
from governance.reviews.policies import Requirement
from governance.roles.choices import Role
from tests.cast import Cast
from tests.governance.reviews import desk

RUNS, STEPS = 8, 24
START = dt.datetime(2026, 3, 2, 9, tzinfo=clock.PARIS)
# Facets that vary, and who watches them.
WATCHERS = {
    "WORDING": set(),
    "AUDIENCE": {"legal"},
    "TECH": {"technical"},
    "CHANNEL": {"legal", "technical", "sponsor"},
}
ASKED = {"legal": (1, 365, []), "technical": (1, 180, []), "sponsor": (2, 180, ["legal", "technical"])}
SIGNERS = {"legal": ["aude", "lea"], "technical": ["thomas", "omar"], "sponsor": ["helene", "bruno", "odile"]}
DEPARTMENT = {"helene": "marketing", "bruno": "it", "odile": "marketing"}
REQUIRED = {
    function: Requirement(function, minimum, days, 5, tuple(after))
    for function, (minimum, days, after) in ASKED.items()
}
WINDOW = 45
reached = {"approvals": 0, "steps": 0, "refused": 0}


class Model:
    """What should be true, without a database."""

    def __init__(self):
        self.facets = dict.fromkeys(WATCHERS, 0)
        self.authors, self.number, self.closed, self.approved = set(), 0, True, False
        self.editions = {}
        self.signatures = []  # (function, scope, who, edition, decision, at, until, revoked)
        self.events = []

    def scope(self, function, facets=None):
        facets = facets or self.facets
        return tuple(facets[name] for name in sorted(WATCHERS) if function in WATCHERS[name])

    def state(self, one, now):
        if one["revoked"]:
            return "revoked"
        if one["decision"] == "reject":
            return "negative"
        if any(one["function"] in functions and one["at"] < at for functions, at in self.events):
            return "stale"
        return "expired" if one["until"] < now.date() else "standing"

    def concerning(self, function, now):
        return [
            (one, self.state(one, now))
            for one in self.signatures
            if one["function"] == function
            and one["scope"] == self.scope(function)
            and one["who"] not in self.authors
            and (one["decision"] != "reject" or one["edition"] == self.number)
        ]

    def standing(self, function, now):
        return [one for one, state in self.concerning(function, now) if state == "standing"]

    def rejected(self, now):
        return any(state == "negative" for name in ASKED for _one, state in self.concerning(name, now))

    def covers(self, function, now):
        if any(state == "negative" for _one, state in self.concerning(function, now)):
            return False
        people = {one["who"] for one in self.standing(function, now)}
        if len(people) < ASKED[function][0]:
            return False
        return ASKED[function][0] < 2 or len({DEPARTMENT[who] for who in people}) > 1

    def may_sign(self, function, who, now):
        if self.closed or self.rejected(now) or who in self.authors:
            return False
        if any(not self.covers(name, now) for name in ASKED[function][2]):
            return False
        firm = [one for one in self.standing(function, now) if (one["until"] - now.date()).days > WINDOW]
        if who in {one["who"] for one in firm}:
            return False
        taken = {DEPARTMENT[one["who"]] for one in firm} if ASKED[function][0] > 1 else set()
        return DEPARTMENT.get(who) not in taken


class Desk(RuleBasedStateMachine):
    """One dossier, from edition to edition. `cast` and `stop` (the clock) are set by the test."""

    cast = stop = None
    made = 0

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.model, self.now = Model(), START
        Desk.made += 1
        self.tick()
        self.dossier = desk.opened(self.cast.programme, f"V-{Desk.made}", "vendor", by=self.cast.mehdi)
        self.edition = None
        self.revise(set(), None)

    def teardown(self):
        transaction.savepoint_rollback(self.point)

    def tick(self, days=0):
        """Let time pass, for Python and for the database."""
        self.now += dt.timedelta(minutes=1, days=days)
        type(self).stop(self.now)

    def revise(self, changed, coauthor):
        if self.edition is not None:
            actions.replace(self.edition, by=self.cast.mehdi)
        model = self.model
        for name in changed:
            model.facets[name] = (model.facets[name] + 1) % 2
        model.number += 1
        model.authors = {coauthor} if coauthor else set()
        model.closed, model.approved = False, False
        self.edition = desk.submitted(
            self.dossier,
            by=self.cast.mehdi,
            number=model.number,
            authors=[self.cast.mehdi, *(getattr(self.cast, who) for who in model.authors)],
            facets={name: {"value": value} for name, value in model.facets.items()},
            requirements=REQUIRED,
        )
        self.settle()

    def settle(self):
        """An edition is approved when everything is covered, once."""
        if not self.model.closed and all(self.model.covers(name, self.now) for name in ASKED):
            reached["approvals"] += not self.model.approved
            self.model.approved = True

    @rule(
        changed=st.sets(st.sampled_from(sorted(WATCHERS)), max_size=2),
        coauthor=st.sampled_from([None, None, None, "lea", "omar"]),
    )
    def open_the_next_edition(self, changed, coauthor):
        self.tick()
        self.revise(changed, coauthor)

    @rule(
        function=st.sampled_from(sorted(ASKED)),
        place=st.integers(0, 2),
        decision=st.sampled_from([Decision.APPROVE] * 9 + [Decision.REJECT]),
    )
    def sign(self, function, place, decision):
        self.tick()
        who = SIGNERS[function][place % len(SIGNERS[function])]
        self._sign(function, who, decision)

    @rule(changed=st.sets(st.sampled_from(sorted(WATCHERS)), max_size=1))
    def approve_the_next_edition(self, changed):
        """Open an edition, and let whoever may sign it until it is approved."""
        self.tick()
        self.revise(changed, None)
        for function in ASKED:
            for who in SIGNERS[function]:
                if not self.model.covers(function, self.now):
                    self.tick()
                    self._sign(function, who, Decision.APPROVE)

    def _sign(self, function, who, decision):
        request = self.edition.requests.filter(function=function).order_by("-round").first()
        open_ = request is not None and request.closed_at is None
        expected = open_ and self.model.may_sign(function, who, self.now)
        if request is None:  # covered from its submission on
            return
        act = partial(desk.signed, self.edition, function, getattr(self.cast, who), decision, request=request)
        if not expected:
            reached["refused"] += 1
            with pytest.raises(Refusal), transaction.atomic():
                act()
            return
        review = act()
        self.model.signatures.append(
            {
                "function": function,
                "scope": self.model.scope(function),
                "who": who,
                "edition": self.model.number,
                "decision": decision.value,
                "at": self.now,
                "until": self.now.date() + dt.timedelta(days=ASKED[function][1]),
                "revoked": False,
                "row": review,
            }
        )
        self.settle()

    @rule(place=st.integers(0, 20))
    def revoke(self, place):
        alive = [one for one in self.model.signatures if not one["revoked"]]
        if not alive:
            return
        self.tick()
        one = alive[place % len(alive)]
        actions.revoke(one["row"], by=getattr(self.cast, one["who"]), reason="Relu.", reauth_age_s=0)
        one["revoked"] = True

    @rule(function=st.sampled_from(sorted(ASKED)))
    def tell_an_event(self, function):
        self.tick()
        actions.tell_event(self.dossier, "XT-01", by=None, functions=[function])
        self.model.events.append(({function}, self.now))

    @rule(days=st.sampled_from([1, 20, 140, 200]))
    def let_time_pass(self, days):
        self.tick(days=days)
        actions.open_renewals()

    @invariant()
    def the_portal_agrees(self):
        if self.edition is None:
            return
        reached["steps"] += 1
        told = {each.function: each for each in queries.standing_of([self.edition])[self.edition.pk]}
        views = {each.function: each for each in Coverage.objects.filter(edition=self.edition)}
        for function in ASKED:
            expected = self.model.covers(function, self.now)
            assert told[function].covers == views[function].covers == expected, (function, expected)
            assert told[function].state == views[function].state, (
                function,
                told[function].state,
                views[function].state,
            )
            assert told[function].signatures == views[function].signatures
            assert told[function].valid_through == views[function].valid_through
        assert Approval.objects.filter(edition=self.edition).exists() == self.model.approved
        # And nothing is stuck: whoever is missing is asked.
        if not self.model.rejected(self.now):
            missing = {function for function in ASKED if not self.model.covers(function, self.now)}
            assert missing <= set(self.edition.requests.open().values_list("function", flat=True))


@pytest.mark.django_db
def test_the_portal_agrees_with_the_model_whatever_happens(clock_at, capsys):
    clock_at(START)
    cast = Cast()
    for first, key, department, role in (
        ("lea", "lea.droit", "legal", Role.LEGAL_REVIEWER),
        ("omar", "omar.tech", "data", Role.TECHNICAL_REVIEWER),
        ("odile", "odile.message", "marketing", Role.SPONSOR),
    ):
        cast.by_name[first] = cast.newcomer(key, department=department, role=role)
    Desk.cast, Desk.stop = cast, clock_at
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with capsys.disabled():
        print(f"\n{reached}")
    assert reached["approvals"] >= 30
