"""What an endpoint costs, in statements, whatever the number of rows (speed.md).

Counted is all that a request takes, session and account included, once the session noted its use. Savepoints
are not counted.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.reviews.models import Approval
from tests.governance.api.door import Api
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db
P = "programmes/TALV/"
LIST, DETAIL, CREATE, SIGN = 6, 8, 14, 20
BOUNDS = ("SAVEPOINT", "RELEASE", "SET CONSTRAINTS")

LISTS = [
    "people/",
    "role-assignments/",
    "review-requests/",
    "kpi-targets/",
    "attributes/",
    "audit/",
    "conditions/",
    "segments/",
    "sources/",
    "organisations/",
    "objectives/",
    "knowledge-notes/",
]


def cost(client, method, path, *args, **how):
    """The statements of a request, after a first one that fills what the process remembers."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.send(method, path, *args, **how)
    assert answer.status < 300, answer
    statements = [one["sql"] for one in captured.captured_queries]
    asked = [sql for sql in statements if not sql.startswith(BOUNDS)]
    return len(asked), asked


def measured(stage, few, many, path, person, budget):
    """The cost of a list at two row counts."""
    client = Api(person)
    client.get(path)
    made = 0
    costs = []
    for wanted in (few, many):
        while made < wanted:
            stage.idea(by=stage.cast.paul, title_fr=f"Idée {made}")
            made += 1
        found, asked = cost(client, "GET", path)
        costs.append(found)
    assert costs[0] == costs[1], asked
    assert costs[0] <= budget, asked
    return costs[0]


def test_a_list_of_use_cases_costs_the_same_at_any_length(stage):
    stage.submitted()
    assert measured(stage, 3, 12, P + "use-cases/?page_size=200", stage.cast.helene, LIST) > 0


def test_other_lists(stage):
    stage.submitted()
    client = Api(stage.cast.helene)
    for path in LISTS:
        client.get(P + path)
        few, asked = cost(client, "GET", P + path + "?page_size=1")
        many, more = cost(client, "GET", P + path + "?page_size=200")
        assert many <= LIST, more
        assert abs(many - few) <= 1, (asked, more)  # a first page that holds everything is not counted


def test_details_and_acts(stage):
    cast, revision = stage.cast, stage.submitted()
    code, edition = revision.usecase.code, revision.edition
    paul, aude = Api(cast.paul), Api(cast.aude).proved()
    for path in (
        f"use-cases/{code}/",
        "role-assignments/" + str(cast.assignments["anna"].pk) + "/",
        "kpi-targets/T01/",
        "objectives/OBJ-S1/",
        f"people/{cast.anna.email}/",
    ):
        paul.get(P + path)
        found, asked = cost(paul, "GET", P + path)
        assert found <= DETAIL, (path, found, asked)

    source = stage.programme.sources.first().code
    for path, body in (
        ("use-cases/", {"title_fr": "Une idée"}),
        ("knowledge-notes/", {"source": source, "text": "Une note.", "severity": "low"}),
    ):
        found, asked = cost(paul, "POST", P + path, body)
        assert found <= CREATE, (path, found, asked)

    asked_of = edition.requests.get(function="legal")
    body = {"decision": "approve", "fingerprint": edition.fp, "answers": desk.yes(edition, "legal")}
    found, asked = cost(aude, "POST", f"{P}review-requests/{asked_of.pk}/sign/", body)
    assert found <= SIGN, (found, asked)


def test_the_last_signature_with_the_approval_that_it_brings(stage):
    edition = stage.submitted().edition
    asked = [one for one in desk.FUNCTIONS if edition.requests.filter(function=one).exists()]
    for function in asked[:-1]:
        stage.sign(edition, function)
    request = edition.requests.get(function=asked[-1])
    last = Api(getattr(stage.cast, desk.SIGNERS[asked[-1]])).proved()
    last.get(f"{P}review-requests/{request.pk}/")
    body = {"decision": "approve", "fingerprint": edition.fp, "answers": desk.yes(edition, asked[-1])}
    found, spent = cost(last, "POST", f"{P}review-requests/{request.pk}/sign/", body)
    assert Approval.objects.filter(edition=edition).exists()
    assert found <= SIGN, "\n".join(one[:120] for one in spent)
