import pytest, json
from tests.governance.api.rights import ABBREVIATIONS, Ground, operations, entered
from tests.governance.api.door import Api
pytestmark = pytest.mark.django_db
def test_gen(stage):
    ground = Ground(stage)
    clients = {short: Api(stage.cast[role]).proved() for short, role in ABBREVIATIONS.items()}
    out = {}
    for path, method in operations():
        row = {}
        for short, client in clients.items():
            try:
                a = ground.knock(client, path, method)
                row[short] = str(a.status) + ("" if a.status<300 or "code" not in (a.body if a.raw else {}) else ":"+a.code)
            except Exception as e:
                row[short] = "EXC " + repr(e)[:300]
        out[f"{method} {path}"] = row
    json.dump(out, open("/tmp/matrix.json","w"), indent=1)
