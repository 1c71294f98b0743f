"""Usage policies: what may serve what, which consents follow, what is said of it."""

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import library
from tests import executable_reading
from usecases.policies import evaluation
from usecases.policies.evaluation import Audience

LABELS = library.codes("labels")
ACTIONS = library.codes("marketing_actions")
CHANNELS = library.codes("channels")
IDENTITIES = library.codes("identity_types")


def verdict(labels, *, action, role="target", events=(), **more):
    found = evaluation.evaluate(set(labels), set(events), action=action, role=role, **more)
    return [policy.code for policy in found.denies], [policy.code for policy in found.requires]


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


# ---------------------------------------------------------------- evaluation


@pytest.mark.parametrize(
    ("labels", "action", "denied"),
    [
        ({"TR_EXEMPT"}, "email", ["UP-01"]),
        ({"TR_EXEMPT"}, "measurement", []),
        ({"SE_ART9"}, "programmatic", ["UP-02"]),
        ({"SE_ART10"}, "email", ["UP-03"]),
        ({"SE_MINOR"}, "sms", ["UP-04"]),
        ({"SE_MINOR"}, "email", []),
        ({"CT_NO_EXPORT"}, "onsite_content", []),
        ({"CT_NO_EXPORT", "CT_AGGREGATE_ONLY"}, "postal", ["UP-05", "UP-07"]),
        ({"CT_NO_THIRD_PARTY"}, "data_sharing", ["UP-06"]),
        ({"CT_NO_ADS"}, "onsite_content", ["UP-08"]),
        ({"CT_NO_CROSS_SITE"}, "search_match", ["UP-09"]),
        ({"CT_NO_MODELLING"}, "lookalike_seed", ["UP-10"]),
        ({"CT_NO_DIRECT_ID_JOIN"}, "email", []),
        ({"CT_NO_DIRECT_ID_JOIN", "ID_DIRECT"}, "email", ["UP-11"]),
        ({"ID_DIRECT"}, "paid_social_match", ["UP-12"]),
        ({"SE_COMPLAINT"}, "email", ["UP-13"]),
        ({"SE_COMPLAINT"}, "onsite_content", []),
        ({"SE_FINANCIAL"}, "call", ["UP-14"]),
        ({"SE_FREE_TEXT"}, "measurement", ["UP-15"]),
    ],
)
def test_a_label_is_denied_an_action(labels, action, denied):
    assert verdict(labels, action=action)[0] == denied


@pytest.mark.parametrize(
    ("labels", "action", "events", "required"),
    [
        ({"TR_CONSENT"}, "programmatic", (), ["UP-20"]),
        ({"TR_CONSENT"}, "onsite_content", (), ["UP-21"]),
        ({"TR_CONSENT"}, "email", (), ["UP-22", "UP-24"]),
        ({"SE_GEO_PRECISE"}, "postal", (), ["UP-23"]),
        (set(), "sms", (), ["UP-25"]),
        (set(), "call", (), ["UP-26"]),
        (set(), "push", (), ["UP-27"]),
        ({"ID_HASHED"}, "search_match", (), ["UP-28"]),
        ({"ID_ACCOUNT"}, "email", (), ["UP-24"]),
        (set(), "in_store", (), ["UP-29"]),
        (set(), "measurement", ("email.open",), ["UP-30"]),
    ],
)
def test_an_action_requires_a_consent(labels, action, events, required):
    assert verdict(labels, action=action, events=events) == ([], required)


def test_a_service_message_needs_no_marketing_consent():
    assert verdict(set(), action="email", nature="service") == ([], [])
    assert verdict({"TR_CONSENT"}, action="sms", nature="service") == ([], ["UP-22"])


def test_an_exclusion_upstream_is_bound_by_contracts_and_free_text_only():
    said = verdict(set(LABELS), action="email", role="exclusion", apply="upstream", events=["email.open"])

    assert said == (["UP-05", "UP-07", "UP-15"], ["UP-23", "UP-30"])


def test_an_exported_exclusion_is_denied_like_a_target_but_solicits_nobody():
    denied, required = verdict(
        {"SE_COMPLAINT", "SE_MINOR", "ID_HASHED", "TR_CONSENT"},
        action="paid_social_match",
        role="exclusion",
        apply="exported",
    )

    assert denied == ["UP-04", "UP-13"]
    assert required == ["UP-20", "UP-28"]
    assert verdict(set(), action="email", role="exclusion", apply="exported") == ([], [])


def test_a_clean_room_learns_nothing_of_an_exclusion():
    here = {"labels": {"ID_HASHED"}, "action": "paid_social_match"}

    assert verdict(**here, role="exclusion", apply="exported", clean_room=True) == ([], [])
    assert verdict(**here, role="target", clean_room=True) == ([], ["UP-28"])


@executable_reading.needed
@settings(max_examples=400)
@given(
    labels=st.sets(st.sampled_from(LABELS), max_size=6),
    events=st.sets(st.sampled_from(["email.open", "order.web"])),
    action=st.sampled_from(ACTIONS),
    role=st.sampled_from(
        [("target", ""), ("seed", ""), ("exclusion", "upstream"), ("exclusion", "exported")]
    ),
    nature=st.sampled_from(["marketing", "service"]),
)
def test_the_verdict_is_that_of_the_executable_reading(labels, events, action, role, nature):
    denies, filters = executable_reading.checker().evaluate_policies(
        labels, events, action, *role, "third_party", nature
    )

    found = evaluation.evaluate(labels, events, action=action, role=role[0], apply=role[1], nature=nature)

    assert [policy.code for policy in found.denies] == denies
    assert [
        (policy.code, list(policy.consents_all) or None, list(policy.consents_any) or None)
        for policy in found.requires
    ] == filters


# ---------------------------------------------------------------- labels on a channel


def audience(**said):
    plain = {"name": "Carts", "role": "target", "labels": frozenset({"OR_FIRST"})}
    return Audience(**{**plain, **{k: frozenset(v) if isinstance(v, set) else v for k, v in said.items()}})


def test_labels_of_an_identifier_count_where_the_channel_uses_it():
    carts = audience(identities={"crm_id", "cookie_first_party", "email_sha256"})

    assert evaluation.labels_on_channel(carts, "email") == {"OR_FIRST"}
    assert evaluation.labels_on_channel(carts, "onsite") == {"OR_FIRST", "TR_CONSENT"}
    assert evaluation.labels_on_channel(carts, "paid_social") == {
        "OR_FIRST",
        "TR_CONSENT",
        "ID_HASHED",
        "ID_DEVICE",
    }


def test_an_exclusion_upstream_sends_no_identifier():
    silent = audience(role="exclusion", apply="upstream", identities={"cookie_first_party", "email_sha256"})

    assert silent.stays_inside
    assert evaluation.labels_on_channel(silent, "paid_social") == {"OR_FIRST"}


def test_a_seed_is_also_judged_as_a_seed():
    seed = audience(role="seed", labels={"CT_NO_MODELLING"}, identities={"email_sha256"})

    assert evaluation.actions_on(seed, "paid_social") == ("paid_social_match", "lookalike_seed")
    assert [p.code for p in evaluation.verdict_on(seed, "paid_social").denies] == ["UP-10"]
    assert [p.code for p in evaluation.verdict_on(seed, "paid_social").requires] == ["UP-28"]


# ---------------------------------------------------------------- consent filters


def test_the_filter_of_an_e_mail_on_browsing_data_is_the_one_of_the_licence():
    carts = audience(labels={"OR_FIRST", "TR_CONSENT"}, identities={"crm_id"})
    bases = {
        "tcf_p1": "consent",
        "tcf_p5": "consent",
        "crm_email": "consent",
        "crm_similar_products": "legitimate_interests",
    }

    found = evaluation.consent_filter(carts, "email", bases=bases)

    assert found.clauses == [
        {"consent": {"purposes": ["tcf_p1", "tcf_p5"], "match": "all", "state": "granted"}},
        {
            "any": [
                {"consent": {"purposes": ["crm_email"], "match": "all", "state": "granted"}},
                {
                    "not": {
                        "consent": {"purposes": ["crm_similar_products"], "match": "all", "state": "opposed"}
                    }
                },
            ]
        },
    ]
    rule = {"attr": "profile.is_customer", "op": "eq", "value": True}
    assert found.applied_to(rule) == {"all": [rule, *found.clauses]}
    assert found.sentences == [
        "Only people who agreed to “Store and/or access information on a device” and “Create profiles to "
        "personalise content”: Browsing data reused in a direct channel.",
        "Only people who agreed to “Marketing e-mail”, or who did not object to “Similar products to "
        "existing customers (opt-out)”: Marketing e-mail: opt-in, or similar products to a customer.",
    ]


def test_the_filter_offers_only_the_purposes_that_the_use_case_declares():
    carts = audience(identities={"crm_id"})

    only_opt_out = evaluation.consent_filter(
        carts, "email", bases={"crm_similar_products": "legitimate_interests"}
    )
    assert only_opt_out.clauses == [
        {"not": {"consent": {"purposes": ["crm_similar_products"], "match": "all", "state": "opposed"}}}
    ]
    undeclared = evaluation.consent_filter(carts, "email", bases={})
    assert undeclared.clauses == [
        {"consent": {"purposes": ["crm_email", "crm_similar_products"], "match": "any", "state": "granted"}}
    ]


def test_a_contract_asks_nothing_of_the_person():
    members = audience(identities={"loyalty_id"})

    found = evaluation.consent_filter(members, "in_store", bases={"crm_loyalty": "contract"})

    assert found.clauses == []
    assert found.applied_to({"attr": "profile.is_customer", "op": "known"}) == {
        "attr": "profile.is_customer",
        "op": "known",
    }


def test_one_clause_is_written_once():
    seed = audience(role="seed", labels={"TR_CONSENT"}, identities={"maid"})

    found = evaluation.consent_filter(seed, "paid_social", bases={})

    assert found.clauses == [
        {"consent": {"purposes": ["tcf_p1", "tcf_p3", "tcf_p4"], "match": "all", "state": "granted"}}
    ]


# ---------------------------------------------------------------- faults


def test_a_denied_use_is_told_with_its_place_and_its_reason():
    complaint = audience(name="Complaints", labels={"SE_COMPLAINT"}, identities={"crm_id"})

    [fault] = evaluation.faults([audience(identities={"crm_id"}), complaint], ["email"])

    assert (fault.code, fault.path, fault.policy) == ("E16", "/segments/1/channels/email", "UP-13")
    assert fault.detail == (
        "“Complaints” may not be used on E-mail. Complaint data may only remove people from an audience, "
        "upstream. Remove the data concerned from the rule, or the channel from the use case."
    )


def test_a_target_without_a_usable_identifier_is_out_of_reach():
    phones = audience(name="Phones", identities={"phone_clear"})

    assert [(f.code, f.path) for f in evaluation.faults([phones], ["sms", "email"])] == [
        ("I01", "/segments/0/channels/email")
    ]
    assert evaluation.faults([audience(lookalike=True)], ["paid_social"]) == []
    assert evaluation.faults([audience(role="exclusion", apply="upstream")], ["email"]) == []


def test_a_segment_limited_to_a_channel_is_judged_there_only():
    phones = audience(identities={"phone_clear"}, channels={"sms"})

    assert evaluation.faults([phones], ["sms", "email"]) == []
    assert [f.path for f in evaluation.missing_purposes([phones], ["sms", "email"], set())] == [
        "/segments/0/channels/sms"
    ]


def test_purposes_that_are_missing_are_named():
    carts = audience(labels={"TR_CONSENT"}, identities={"crm_id"})

    found = evaluation.missing_purposes([carts], ["email"], {"tcf_p1"})

    assert [(fault.code, fault.policy) for fault in found] == [("E16", "UP-22"), ("E16", "UP-24")]
    assert "does not declare: “Create profiles to personalise content”. " in found[0].detail
    assert "“Marketing e-mail” or “Similar products to existing customers (opt-out)”" in found[1].detail
    assert evaluation.missing_purposes([carts], ["email"], {"tcf_p1", "tcf_p5", "crm_email"}) == []
    assert evaluation.missing_purposes([carts], ["email"], {"tcf_p1", "tcf_p5"}, nature="service") == []


def test_a_channel_outside_the_vocabulary_is_not_judged_here():
    assert evaluation.faults([audience()], ["telepathy"]) == []


@given(
    role=st.sampled_from([("target", ""), ("control", ""), ("seed", ""), ("exclusion", "upstream")]),
    labels=st.sets(st.sampled_from(LABELS)),
    identities=st.sets(st.sampled_from(IDENTITIES)),
    channel=st.sampled_from(CHANNELS),
    purposes=st.sets(st.sampled_from(library.codes("purposes"))),
)
def test_no_sentence_shows_a_code(role, labels, identities, channel, purposes):
    here = audience(role=role[0], apply=role[1], labels=labels, identities=identities)
    told = [
        *evaluation.faults([here], [channel]),
        *evaluation.missing_purposes([here], [channel], purposes),
    ]
    sentences = [fault.detail for fault in told]
    sentences += evaluation.consent_filter(here, channel, bases=dict.fromkeys(purposes, "consent")).sentences
    for sentence in sentences:
        assert "_" not in sentence
        assert "UP-" not in sentence
        assert sentence.endswith(".")
        assert ".." not in sentence
