"""The review desk and its files: what is shown to whom, and what each act answers."""

import pytest

from governance.reviews import actions as reviews
from governance.reviews.models import Review
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.reviews.desk import condition
from tests.governance.web.panel import form_of, known, words
from tests.makers import PASSWORD, days
from tests.walks.stage import stage  # noqa: F401  (a fixture)
from usecases.backlog import actions as backlog

pytestmark = pytest.mark.django_db

FILE = ("review", "UC-01", 1, "legal")


@pytest.fixture
def edition(stage):  # noqa: F811
    """UC-01, before its five functions."""
    return stage.submitted().edition


def test_a_desk_shows_what_is_mine_and_what_others_have(cast, desk, edition):
    mine = desk(cast.aude).text("reviews")
    assert "1 file waits for your signature" in mine
    assert "In hand elsewhere" in mine
    assert "Nothing waits for your signature" in desk(cast.anna).text("reviews")


def test_a_file_tells_what_to_read_and_asks_its_questions(cast, desk, edition):
    text = desk(cast.aude).text(*FILE)
    assert "What you are asked to read" in text
    assert "Mehdi Média asks for this review" in text
    assert 'name="a-' in text
    assert edition.fp in text
    assert 'type="password"' in text
    assert 'name="code"' not in text  # no second factor
    assert 'name="a-' not in desk(cast.anna).text(*FILE)


def test_a_signature_is_taken_once_the_password_is_given(cast, desk, edition):
    signer = desk(known(cast.aude))
    assert signer.post("review_take", "UC-01", 1, "legal").status_code == 302
    answer = signer.post("review_sign", "UC-01", 1, "legal", **words(edition, "legal", comment="Conforme"))
    assert answer.status_code == 302
    text = signer.text(*FILE)
    assert "This function has signed" in text
    assert "Conforme" in text
    assert Review.objects.get(edition=edition).reauth_age_s == 0


def test_what_was_answered_is_read_again_by_the_function_and_who_reads_the_journal(cast, desk, edition):
    signer = desk(known(cast.aude))
    sent = words(edition, "legal")
    question = next(name for name in sent if name.startswith("a-"))
    sent |= {question: "na", question.replace("a-", "n-", 1): "Aucun prospect."}
    assert signer.post("review_sign", "UC-01", 1, "legal", **sent).status_code == 302
    said = signer.text(*FILE)
    assert "<b>Not concerned</b> · Aucun prospect." in said
    assert "<b>Yes</b>" in said
    assert "Aucun prospect." not in desk(cast.simon).text(*FILE)
    assert "Aucun prospect." in desk(cast.paul).text(*FILE)  # he reads it in the journal

    review = Review.objects.get(edition=edition)
    reviews.revoke(review, by=cast.aude, reason="erreur", reauth_age_s=0)
    assert "Aucun prospect." not in signer.text(*FILE)


def test_who_signs_again_reads_what_the_function_answered(cast, desk, edition, stage):  # noqa: F811
    signer = desk(known(cast.aude))
    sent = words(edition, "legal")
    question = next(name for name in sent if name.startswith("a-"))
    sent |= {question: "na", question.replace("a-", "n-", 1): "Aucun prospect."}
    signer.post("review_sign", "UC-01", 1, "legal", **sent)
    stage.approve(edition)
    draft = backlog.open_revision(edition.dossier.use_case, by=cast.mehdi)
    backlog.submit(backlog.edit(draft, by=cast.mehdi, retention="P5M"), by=cast.mehdi)
    asked = signer.text("review", "UC-01", 2, "legal")
    assert 'name="a-' in asked
    assert "<b>Not concerned</b> · Aucun prospect." in asked
    assert "Aude Juriste, edition 1" in asked


def test_a_refused_signature_keeps_what_was_typed(cast, desk, edition, one_refusal):
    signer = desk(known(cast.aude))
    sent = words(edition, "legal", comment="Mot gardé", password="")
    answer = signer.post("review_sign", "UC-01", 1, "legal", **sent)
    assert answer.status_code == 401
    kept = form_of(answer, "/sign/")
    assert kept["comment"] == ["Mot gardé"]
    questions = [name for name in sent if name.startswith("a-")]
    assert questions
    assert all(kept[name] == ["yes"] for name in questions)
    assert one_refusal() == ("review.sign", ["reauth_required"], "page")
    assert "This was not done" in answer.content.decode()


def test_a_no_that_blocks_takes_signing_away_but_not_conditions(cast, desk, edition):
    signer = desk(known(cast.aude))
    sent = words(edition, "legal")
    blocking = next(name for name in sent if name.startswith("a-"))
    sent[blocking] = "no"
    answer = signer.post("review_sign", "UC-01", 1, "legal", **sent)
    assert answer.status_code == 422
    sent |= {
        "decision": "approve_with_conditions",
        "n-" + blocking.removeprefix("a-"): "À compléter",
        "c0-text": "Mention à jour",
        "c0-severity": "before_start",
    }
    lacking = signer.post("review_sign", "UC-01", 1, "legal", **sent)
    assert lacking.status_code == 400
    assert form_of(lacking, "/sign/")["c0-text"] == ["Mention à jour"]
    sent |= {"c0-owner": str(cast.mehdi.pk), "c0-due_on": days(20).isoformat()}
    assert signer.post("review_sign", "UC-01", 1, "legal", **sent).status_code == 302
    assert Review.objects.get(edition=edition).conditions.get().text == "Mention à jour"
    assert "Mention à jour" in signer.text(*FILE)


def test_a_decision_is_one_of_three(cast, desk, edition):
    signer = desk(known(cast.aude))
    assert (
        signer.post("review_sign", "UC-01", 1, "legal", **words(edition, "legal", decision="yes")).status_code
        == 400
    )
    refused = signer.post("review_sign", "UC-01", 1, "legal", **words(edition, "legal", decision="reject"))
    assert refused.status_code in (409, 422)
    said = words(edition, "legal", decision="reject", comment="Base légale absente")
    assert signer.post("review_sign", "UC-01", 1, "legal", **said).status_code == 302


def test_revoking_asks_for_a_reason_and_for_a_signature_that_exists(cast, desk, edition, stage):  # noqa: F811
    stage.approve(edition)
    review = Review.objects.get(edition=edition, function="legal")
    signer = desk(known(cast.aude))
    for nothing in ("", "x", "00000000-0000-0000-0000-000000000000"):
        assert (
            signer.post("review_revoke", "UC-01", 1, "legal", review=nothing, reason="Non").status_code == 404
        )
    bare = signer.post("review_revoke", "UC-01", 1, "legal", review=review.pk, reason=" ")
    assert bare.status_code == 422
    other = desk(cast.anna).post("review_revoke", "UC-01", 1, "legal", review=review.pk, reason="Non")
    assert other.status_code == 403
    said = {"review": review.pk, "reason": "Lu trop vite"}
    for unproved in ({}, {"password": "non"}):
        answer = signer.post("review_revoke", "UC-01", 1, "legal", **said, **unproved)
        assert answer.status_code == 401
        assert "Lu trop vite" in answer.content.decode()  # what was typed is kept
    unseen = signer.post(
        "review_revoke", "UC-01", 1, "legal", review=review.pk, reason="Lu\u202e", password=PASSWORD
    )
    assert unseen.status_code == 422
    assert Review.objects.get(pk=review.pk).revoked_at is None
    assert signer.post("review_revoke", "UC-01", 1, "legal", **said, password=PASSWORD).status_code == 302
    assert "Lu trop vite" in signer.text(*FILE)
    assert "asks for this review" in signer.text(*FILE)
    assert signer.post("review_again", "UC-01", 1, "legal").status_code == 409  # asked already, by the fall


@pytest.mark.parametrize("act", ["review_take", "review_sign", "review_again", "review_revoke"])
def test_acts_are_never_a_get(cast, desk, edition, act):
    assert desk(cast.aude).get(act, "UC-01", 1, "legal").status_code == 405


def test_what_one_may_not_read_is_not_there(cast, desk, edition):
    stranger, agency = desk(cast.newcomer("zoe.ailleurs")), desk(Role.AGENCY)
    for who in (stranger, agency):
        assert who.get(*FILE).status_code == who.get("review", "UC-99", 1, "legal").status_code == 404
        assert who.post("review_sign", "UC-01", 1, "legal").status_code == 404
    for nothing in (("UC-01", 2, "legal"), ("UC-01", 1, "poet"), ("UC-99", 1, "legal")):
        assert desk(cast.aude).get("review", *nothing).status_code == 404
    roles.share(edition.dossier, cast.basile, by=cast.paul)
    assert agency.get("usecases:usecase", "UC-01").status_code == 200


def test_after_a_refusal_nobody_is_offered_to_sign(cast, desk, edition, stage):  # noqa: F811
    stage.sign(edition, "dpo", decision="reject")
    own = desk(cast.diane).text("review", "UC-01", 1, "dpo")
    assert "This function refused: nobody signs until the next draft is opened." in own
    assert "Sign it again" not in own
    page = desk(cast.mehdi).text("usecases:usecase", "UC-01")
    assert "Refused by another function: nobody else signs until the next draft is opened." in page
    assert "signatures missing" not in page
    standing = stage.standing(edition)
    assert not any(one.renewable for one in standing.values())


def test_the_desk_and_a_file_cost_the_same_whatever_waits(cast, desk, edition, stage):  # noqa: F811
    reader = desk(cast.aude)
    listed, shown = reader.statements("reviews"), reader.statements(*FILE)
    stage.sign(edition, "dpo", decision="approve_with_conditions", conditions=[condition(cast.mehdi)])
    stage.submitted("LIB-UC-04", segment="LIB-UC-04#0")
    assert reader.statements("reviews") == listed <= 14
    assert reader.statements(*FILE) <= min(shown + 3, 20)
