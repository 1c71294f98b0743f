"""Evidence is kept under its digest, never replaced, and superseded by another piece."""

import hashlib

import pytest

from governance.audit.models import Event
from governance.errors import Refusal
from governance.evidence import actions, queries
from governance.evidence.models import Evidence
from governance.roles.rules import Rights
from tests.makers import days, programme

pytestmark = pytest.mark.django_db


def codes(act, *args, **how):
    with pytest.raises(Refusal) as refused:
        act(*args, **how)
    return [each.code for each in refused.value.objections]


@pytest.fixture
def add(cast):
    def make(title="Note", *, of=None, by=None, **how):
        how = {"kind": "document", **({} if how.get("data") else {"url": "https://a.example/n"}), **how}
        return actions.add(of or cast.programme, by=by or cast.paul, title=title, **how)

    return make


def test_a_file_is_kept_under_its_own_digest(add):
    data = b"Une note en UTF-8."
    evidence = add(data=data, filename="../../Note de Séance.PDF")
    assert evidence.sha256 == "sha256:" + hashlib.sha256(data).hexdigest()
    assert evidence.code == "EV-01"
    with evidence.file.open() as kept:
        assert kept.read() == data
    assert evidence.file.name.startswith("evidence/")
    assert evidence.file.name.rsplit("/", 1)[1].startswith("EV-01")
    assert evidence.file.name.endswith(".pdf")
    event = Event.objects.of("TALV").get(verb="evidence.added")
    assert event.after_fp == evidence.sha256


def test_an_address_is_kept_under_the_digest_of_its_text(add):
    evidence = add(url=" https://a.example/rapport ")
    assert evidence.sha256 == "sha256:" + hashlib.sha256(b"https://a.example/rapport").hexdigest()
    assert not evidence.file


def test_codes_are_given_or_counted(add):
    assert [add().code, add(code="EV-LIA").code, add(code="EV-07").code, add().code] == [
        "EV-01",
        "EV-LIA",
        "EV-07",
        "EV-08",
    ]
    assert codes(add, code="EV-07") == ["duplicate"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"title": " "}, "missing_title"),
        ({"title": "x" * 161}, "missing_title"),
        ({"kind": "rumour"}, "unknown_kind"),
        ({"confidentiality": "secret"}, "unknown_kind"),
        ({"url": ""}, "missing_evidence"),
        ({"url": "", "data": b""}, "missing_evidence"),
        ({"url": "javascript:alert(1)"}, "malformed_address"),
        ({"url": "file:///etc/passwd"}, "malformed_address"),
        ({"kind": "consent_test"}, "missing_test"),
        ({"kind": "consent_test", "outcome": "passed"}, "missing_test"),
        ({"data": b"x" * (10 * 1024 * 1024 + 1)}, "too_big"),
    ],
)
def test_what_proves_nothing_is_refused(add, how, code):
    assert codes(add, **how) == [code]
    assert Evidence.objects.count() == 0


def test_a_test_is_made_on_a_day_that_was(add):
    assert codes(add, kind="consent_test", outcome="passed", tested_on=days(1)) == ["future_date"]
    assert add(kind="consent_test", outcome="failed", tested_on=days(0)).outcome == "failed"


def test_evidence_is_superseded_not_replaced(cast, add):
    old, new, newer = add("Un"), add("Deux"), add("Trois")
    actions.supersede(old, new, by=cast.paul)
    old.refresh_from_db()
    assert old.superseded_by == new
    assert codes(actions.supersede, old, newer, by=cast.paul) == ["INV-15"]
    assert codes(actions.supersede, new, old, by=cast.paul) == ["INV-15"]
    assert codes(actions.supersede, new, new, by=cast.paul) == ["INV-15"]
    elsewhere = add(of=programme("AUTR", sponsor=cast.newcomer("celeste.ailleurs")))
    assert codes(actions.supersede, new, elsewhere, by=cast.paul) == ["INV-15"]
    assert Event.objects.of("TALV").get(verb="evidence.superseded").after_fp == new.sha256


def test_what_may_not_be_read_does_not_exist(cast, add):
    open_, closed = add(confidentiality="open"), add(confidentiality="restricted")
    victor = Rights.of(cast.victor, cast.programme)
    assert queries.evidence_of(cast.programme, victor) == [open_]
    assert queries.readable(cast.programme, closed.code, victor) is None
    assert queries.readable(cast.programme, "EV-99", victor) is None
    assert queries.readable(cast.programme, closed.code, Rights.of(cast.helene, cast.programme)) == closed
