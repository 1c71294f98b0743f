import collections
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from usecases.backlog import actions as backlog

@pytest.mark.django_db
def test_debug(stage, desk):
    revision = stage.submitted()
    reader = desk(stage.cast.anna)
    def seen(name, *args, **query):
        reader.get(name, *args, **query)
        with CaptureQueriesContext(connection) as c:
            reader.get(name, *args, **query)
        return [q["sql"] for q in c]
    cases = {"list": ("usecases:list",), "framing": ("usecases:usecase", "UC-01"), "legal": ("review", "UC-01", 1, "legal"), "desk": ("reviews",), "seg": ("usecases:segment", "SEG-01"), "segs": ("usecases:segments",)}
    a = {k: seen(*v) for k, v in cases.items()}
    a["reviews"] = seen("usecases:usecase", "UC-01", tab="reviews")
    stage.approve(revision.edition)
    for n in range(3):
        backlog.create(stage.programme, by=stage.cast.mehdi, title_fr=f"Essai {n}", branch="prospects")
    b = {k: seen(*v) for k, v in cases.items()}
    b["reviews"] = seen("usecases:usecase", "UC-01", tab="reviews")
    import re
    norm = lambda q: re.sub(r"'[^']*'|\d+", "?", q)[:230]
    for k in a:
        print("##", k, len(a[k]), len(b[k]))
        more = collections.Counter(map(norm, b[k])) - collections.Counter(map(norm, a[k]))
        for q, n in more.items():
            print("   +", n, q)
    for k in ("framing", "legal", "desk"):
        print("== all", k)
        for q in b[k]:
            print("   ", norm(q)[:150], "...", re.findall(r"WHERE.*", norm(q)+q[-160:])[:1])
