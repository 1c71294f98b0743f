import pytest
from tests.governance.api.door import Api
pytestmark = pytest.mark.django_db
P="programmes/TALV/"
@pytest.mark.parametrize("path",["me/","programmes/",P,P+"phases/",P+"phases/cadrage/",P+"gates/",P+"people/",P+"organisations/",P+"role-assignments/",P+"delegations/",P+"objectives/",P+"evidence/",P+"use-cases/",P+"segments/",P+"review-requests/",P+"conditions/",P+"kpis/",P+"kpi-targets/",P+"sources/",P+"attributes/",P+"knowledge-notes/",P+"usage-policies/",P+"audit/","library/","library/use-cases/","library/use-cases/LIB-UC-01/","library/segments/","library/kpis/","library/checklists/",P+"catalogue/",P+"destinations/","me/todo/"])
def test_get(stage, path):
    a = Api(stage.cast.helene).get(path)
    print(a)
    assert a.status == 200

def test_uc(stage):
    rev = stage.submitted()
    api = Api(stage.cast.aude)
    code = rev.usecase.code
    for path in (P+"use-cases/", P+f"use-cases/{code}/", P+f"use-cases/{code}/revisions/", P+f"use-cases/{code}/revisions/1/", P+f"use-cases/{code}/standing/", P+"segments/", P+"segments/SEG-01/", P+"segments/SEG-01/versions/1/",P+"review-requests/?mine=1",P+"objectives/OBJ-S1/",P+"kpi-targets/",P+"evidence/",P+f"use-cases/{code}/revisions/1/diff/?from=1","me/todo/"):
        a = api.get(path)
        print(path,a)
        assert a.status == 200
    one = api.get(P+"review-requests/?mine=1")["results"][0]
    r = api.get(P+f"review-requests/{one['id']}/")
    print(r)
    assert r.status==200
