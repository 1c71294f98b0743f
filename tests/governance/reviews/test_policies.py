"""Review policies: who must review what, what they answer, what they sign."""

import datetime as dt

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from governance import library
from governance.dossiers.choices import Facet, ReviewFunction
from governance.reviews import policies
from governance.reviews.policies import Answer, Requirement
from tests import executable_reading

FLAGS = library.codes("risk_flags")
PHASES = library.codes("phases")
SUBJECTS = sorted({policy["subject"] for policy in library.policies()})


def test_a_plain_use_case_needs_legal_dpo_technical_then_sponsor():
    found = policies.resolve("usecase_revision", set(), "cadrage")

    assert list(found) == ["legal", "dpo", "technical", "sponsor"]
    assert found["legal"] == Requirement("legal", 1, 365, 10, (), ("legal",), ("RP-01",))
    assert found["technical"] == Requirement("technical", 1, 180, 5, (), ("technical",), ("RP-04",))
    assert found["sponsor"] == Requirement(
        "sponsor", 1, 365, 10, ("legal", "dpo", "technical"), ("sponsor",), ("RP-05",)
    )


@pytest.mark.parametrize(
    "flag", ["third_party_export", "platform_match", "new_vendor", "non_eea_transfer", "clear_identifiers"]
)
def test_security_reads_what_leaves_and_the_sponsor_waits_for_it(flag):
    found = policies.resolve("usecase_revision", {flag}, "setup")

    assert found["security"].policies == ("RP-03",)
    assert found["sponsor"].after == ("legal", "dpo", "security", "technical")


@pytest.mark.parametrize(
    "flag", ["budget_over_threshold", "special_category", "automated_effect", "exclusion_effect"]
)
def test_two_sponsors_of_two_departments_decide_what_weighs(flag):
    found = policies.resolve("usecase_revision", {flag}, "cadrage")["sponsor"]

    assert (found.minimum, found.days, found.two_departments) == (2, 180, True)
    assert found.policies == ("RP-05", "RP-06")


@pytest.mark.parametrize("flag", ["special_category", "minors", "precise_geo", "automated_effect"])
def test_the_dpo_signs_for_less_long_and_never_by_delegation_on_high_risk(flag):
    found = policies.resolve("usecase_revision", {flag}, "cadrage")["dpo"]

    assert (found.minimum, found.days, found.sla) == (1, 180, 10)
    assert found.policies == ("RP-02", "RP-07")
    assert policies.is_high_risk({flag, "large_scale"})


def test_other_flags_are_not_high_risk():
    assert not policies.is_high_risk(set(FLAGS) - policies.high_risk_flags())
    assert policies.high_risk_flags() == {"special_category", "minors", "precise_geo", "automated_effect"}


def test_in_run_no_sponsor_is_asked_unless_it_weighs():
    assert "sponsor" not in policies.resolve("usecase_revision", {"third_party_export"}, "run")
    heavy = policies.resolve("usecase_revision", {"budget_over_threshold"}, "run")
    assert heavy["sponsor"].policies == ("RP-06",)
    assert heavy["sponsor"].minimum == 2


def test_a_segment_needs_technical_and_the_dpo_where_data_are_delicate():
    assert list(policies.resolve("segment_version", {"scoring"}, "setup")) == ["technical"]
    found = policies.resolve("segment_version", {"complaint_data"}, "setup")
    assert found["dpo"] == Requirement("dpo", 1, 180, 5, (), ("segment",), ("RP-10",))
    assert found["technical"].sla == 3


def test_a_vendor_needs_security_legal_and_dpo():
    found = policies.resolve("vendor", set(), None)

    assert {name: item.checklist for name, item in found.items()} == {
        "legal": ("vendor_contract",),
        "dpo": ("vendor_contract",),
        "security": ("security",),
    }


@given(st.sampled_from(SUBJECTS), st.sets(st.sampled_from(FLAGS)), st.sampled_from(PHASES))
def test_requirements_are_what_the_policies_that_hold_ask(subject, flags, phase):
    """The rule of the executable reading of the library (`resolved`), told anew."""
    live = [
        policy
        for policy in library.policies()
        if policy["subject"] == subject
        and (
            policy["trigger"] in ("always", f"phase:{phase}")
            or set(policy["trigger"].removeprefix("any:").split(",")) & flags
        )
    ]
    live = [p for p in live if p["min"] and p["code"] not in {q.get("overrides") for q in live}]
    expected = {
        function: (
            max(p["min"] for p in live if p["function"] == function),
            min(p["validity_days"] for p in live if p["function"] == function),
            min(p["sla"] for p in live if p["function"] == function),
        )
        for function in {p["function"] for p in live}
    }

    found = policies.resolve(subject, flags, phase)

    assert {f: (r.minimum, r.days, r.sla) for f, r in found.items()} == expected
    assert all(set(item.after) <= set(found) - {name} for name, item in found.items())
    assert list(found) == [function for function in ReviewFunction.values if function in found]


@executable_reading.needed
def test_requirements_agree_with_the_executable_reading():
    checker = executable_reading.checker()
    for subject in SUBJECTS:
        for phase in PHASES:
            for flags in [set(), *({flag} for flag in FLAGS), set(FLAGS)]:
                found = policies.resolve(subject, flags, phase)
                told = {f: {"min": r.minimum, "days": r.days, "sla": r.sla} for f, r in found.items()}
                assert told == checker.resolved(subject, flags, phase), (subject, phase, flags)


def test_at_use_the_stricter_of_frozen_and_current_applies():
    frozen = {
        "dpo": Requirement("dpo", 1, 365, 10, (), ("dpo",), ("RP-02",)),
        "sponsor": Requirement("sponsor", 2, 180, 10, ("dpo",), ("sponsor",), ("RP-06",)),
    }
    current = {
        "dpo": Requirement("dpo", 1, 180, 15, (), ("dpo", "segment"), ("RP-02", "RP-07")),
        "security": Requirement("security", 1, 365, 10, (), ("security",), ("RP-03",)),
        "sponsor": Requirement("sponsor", 1, 365, 5, ("dpo", "security", "legal"), ("sponsor",), ("RP-05",)),
    }

    joined = policies.strictest(frozen, current)

    assert list(joined) == ["dpo", "security", "sponsor"]
    assert joined["dpo"] == Requirement("dpo", 1, 180, 10, (), ("dpo", "segment"), ("RP-02", "RP-07"))
    assert joined["sponsor"] == Requirement(
        "sponsor", 2, 180, 5, ("dpo", "security"), ("sponsor",), ("RP-06", "RP-05")
    )


def test_facets_are_ten_and_each_but_wording_is_watched():
    assert policies.FACETS == tuple(library.field_groups()) == tuple(Facet.values)
    watched = {facet for function in ReviewFunction.values for facet in policies.watched(function)}
    assert set(policies.FACETS) - watched == {"WORDING"}
    assert policies.watched("legal") == ("AUDIENCE", "PRIVACY", "CHANNEL", "JOURNEY")
    assert policies.watched("sponsor") == ("BUSINESS", "CHANNEL", "PRESSURE", "TEST")
    assert all("CHANNEL" in policies.watched(function) for function in ReviewFunction.values)


@pytest.mark.parametrize(
    "name", ["legal", "dpo", "security", "technical", "sponsor", "segment", "vendor_contract"]
)
def test_questions_are_asked_in_both_languages(name):
    asked = policies.questions([name])

    assert [question.code for question in asked] == [item["code"] for item in library.checklist(name)]
    for question in asked:
        with translation.override("fr"):
            french = question.text, question.source
        with translation.override("en"):
            english = question.text, question.source
        assert french[0] == question.fr != english[0] == question.en
        assert french[1] == question.source_fr
        assert english[1] == question.source_en


def test_questions_of_two_checklists_are_asked_once_each():
    asked = [question.code for question in policies.questions(["technical", "segment", "technical"])]

    assert len(asked) == len(set(asked)) == 22


def test_the_simplest_level_becomes_a_blocking_question_when_asked():
    plain = {question.code: question.blocking for question in policies.questions(["sponsor"])}
    strict = {q.code: q.blocking for q in policies.questions(["sponsor"], also_blocking={"SP-05"})}

    assert not plain["SP-05"]
    assert strict == {**plain, "SP-05": True}
    noes = policies.blocking_noes(["sponsor"], {"SP-05": "no"}, also_blocking={"SP-05"})
    assert [question.code for question in noes] == ["SP-05"]
    assert policies.blocking_noes(["sponsor"], {"SP-05": "no"}) == []


def test_a_blocking_no_is_named_whatever_the_form_of_the_answer():
    for given_ in ("no", {"answer": "no", "comment": "not yet"}, Answer("no")):
        noes = policies.blocking_noes(["dpo"], {"DP-02": given_, "DP-06": "no", "DP-01": "na"})
        assert [question.code for question in noes] == ["DP-02"]


def test_all_questions_are_answered_by_yes_no_or_not_applicable():
    answers = {question.code: "yes" for question in policies.questions(["legal"])}
    answers["LE-06"] = {"answer": "na", "comment": "Pas d’appel."}

    read, faults = policies.read_answers(["legal"], answers)

    assert faults == []
    assert read["LE-01"] == Answer("yes")
    assert read["LE-06"].plain() == {"answer": "na", "comment": "Pas d’appel."}


def test_what_may_block_is_set_aside_with_a_note_only():
    asked = policies.questions(["legal"])
    answers = {question.code: "na" for question in asked}
    may_block = {question.code for question in asked if question.blocking}
    _read, faults = policies.read_answers(["legal"], answers)
    assert may_block
    assert {(fault.code, fault.field) for fault in faults} == {
        ("reason_required", f"answers.{code}") for code in may_block
    }
    noted = {code: {"answer": "na", "comment": "Aucun appel."} for code in may_block}
    assert policies.read_answers(["legal"], answers | noted)[1] == []


def test_wrong_answers_are_refused_each_with_its_field():
    answers = {question.code: "yes" for question in policies.questions(["legal"])}
    del answers["LE-02"]
    answers |= {
        "LE-01": "maybe",
        "XX-01": "yes",
        "LE-03": {"answer": "no", "comment": "x" * 2001},
        "LE-04": ["no"],
    }

    read, faults = policies.read_answers(["legal"], answers)

    assert {(fault.code, fault.field) for fault in faults} == {
        ("invalid_answer", "answers.LE-01"),
        ("unknown_question", "answers.XX-01"),
        ("invalid_answer", "answers.LE-03"),
        ("invalid_answer", "answers.LE-04"),
        ("unanswered", "answers.LE-02"),
    }
    assert {fault.status for fault in faults} == {422}
    assert not {"LE-01", "XX-01", "LE-02", "LE-03"} & set(read)


def test_a_partial_list_of_answers_can_be_read():
    read, faults = policies.read_answers(["legal"], {"LE-01": "no"}, complete=False)

    assert (read, faults) == ({"LE-01": Answer("no")}, [])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(ANYTHING | st.dictionaries(st.sampled_from(["LE-01", "LE-02", "ZZ-99"]), ANYTHING))
def test_reading_answers_never_fails(answers):
    read, faults = policies.read_answers(["legal"], answers)

    assert faults
    assert all(item.answer in policies.ANSWERS for item in read.values())


def test_a_signature_holds_through_its_last_day_and_is_renewed_near_it():
    last = policies.valid_through(dt.date(2026, 3, 16), 180)

    assert last == dt.date(2026, 9, 12)
    assert policies.renewal_opens_on(last) == dt.date(2026, 7, 29)
    assert not policies.may_renew(last, on=dt.date(2026, 7, 28))
    assert policies.may_renew(last, on=dt.date(2026, 7, 29))
    assert policies.may_renew(last, on=dt.date(2026, 12, 1))


def meaning(**changed):
    said = {
        "person": "Aude Juriste",
        "function": "legal",
        "decision": "approve",
        "title": "Churn prevention",
        "code": "UC-06",
        "number": 3,
        "kind": "usecase_revision",
        "holds_through": dt.date(2027, 11, 16),
        "lang": "en",
    }
    return policies.meaning(**{**said, **changed})


def test_the_meaning_says_who_reads_what_of_which_edition_until_when():
    assert meaning() == (
        "I, Aude Juriste, for the legal review, have read the audience, the purposes, the channels "
        "and the journey of “Churn prevention” (UC-06, revision 3), and I approve what I read. "
        "My signature holds until 16 November 2027, as long as none of these 4 facets changes."
    )


def test_the_meaning_names_the_principal_the_conditions_and_the_version():
    said = meaning(
        person="Victor Clause",
        on_behalf_of="Aude Juriste",
        decision="approve_with_conditions",
        conditions=2,
        kind="segment_version",
        facets=["DATA"],
    )

    assert said.startswith(
        "I, Victor Clause, on behalf of Aude Juriste, for the legal review, have read the data of "
    )
    assert "(UC-06, version 3)" in said
    assert "under the 2 conditions stated" in said
    assert said.endswith("as long as this facet does not change.")


def test_a_refusal_says_that_it_stands_until_a_new_draft():
    assert meaning(function="dpo", decision="reject").endswith(
        "and I give an unfavourable opinion. My refusal stands until its author opens a new draft."
    )
    assert "I do not approve what I read" in meaning(decision="reject")


@pytest.mark.parametrize("function", ReviewFunction.values)
@pytest.mark.parametrize("decision", ["approve", "approve_with_conditions", "reject"])
@pytest.mark.parametrize("on_behalf_of", ["", "Diane Protection"])
def test_the_meaning_is_said_whatever_the_function(function, decision, on_behalf_of):
    said = meaning(
        function=function, decision=decision, on_behalf_of=on_behalf_of, conditions=1, kind="vendor"
    )

    assert "Aude Juriste" in said
    assert on_behalf_of in said
    assert "“Churn prevention” (UC-06, edition 3)" in said
    assert "%(" not in said
    assert ("16 November 2027" in said) == (decision != "reject")
