import collections, re
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.governance.reviews.desk import condition
from tests.walks.stage import stage  # noqa

@pytest.mark.django_db
def test_debug(stage, cast, desk):
    edition = stage.submitted().edition
    reader = desk(cast.aude)
    def seen():
        reader.get("reviews")
        with CaptureQueriesContext(connection) as c:
            reader.get("reviews")
        return [q["sql"] for q in c]
    norm = lambda q: re.sub(r"'[^']*'|\d+", "?", q)[:300]
    a = seen()
    stage.sign(edition, "dpo", decision="approve_with_conditions", conditions=[condition(cast.mehdi)])
    b = seen()
    stage.submitted("LIB-UC-04", segment="LIB-UC-04#0")
    c = seen()
    for x, y in ((a, b), (b, c)):
        print("##", len(x), len(y))
        for q, n in (collections.Counter(map(norm, y)) - collections.Counter(map(norm, x))).items():
            print("   +", n, q)
