"""Every operation of the API × every role: who gets in, who hears no, who sees nothing (matrix.yaml)."""

from pathlib import Path

import pytest
import yaml

from governance.audit.models import Event, Refused
from tests.governance.api.door import Api
from tests.governance.api.rights import ABBREVIATIONS, Ground, entered, operations

pytestmark = pytest.mark.django_db
MATRIX = yaml.safe_load((Path(__file__).parent / "matrix.yaml").read_text())
OUTSIDE = {"AG", "CR"}
# Who stands for the others where only reading is asked: inside, outside, and the two who read.
READING = {"SP", "CO", "OP", "AG", "CR", "OB", "AU"}
OWN = {"all": set(ABBREVIATIONS), "readers": set(ABBREVIATIONS) - OUTSIDE, "nobody": set(), "self": set()}


def expected(path, method):
    """For each role, whether it gets in (2), hears no (403) or sees nothing (404)."""
    told = MATRIX[path][method]
    allowed = OWN.get(told["in"]) if told["in"] in OWN else set(told["in"].split())
    hidden = set(told.get("hidden", "AG CR").split()) if "{programme}" in path else set()
    return {short: "in" if short in allowed else 404 if short in hidden else 403 for short in ABBREVIATIONS}


def test_the_matrix_names_every_operation_and_no_other():
    named = {(path, method) for path, methods in MATRIX.items() for method in methods}
    assert set(operations()) - named == set()
    assert named - set(operations()) == set()


def test_each_role_gets_what_the_matrix_says(stage):
    ground = Ground(stage)
    clients = {short: Api(stage.cast[role]).proved() for short, role in ABBREVIATIONS.items()}
    events, refused = Event.objects.count(), Refused.objects.count()

    different = []
    for path, method in operations():
        if MATRIX[path][method]["in"] == "self":
            continue
        for short, wanted in expected(path, method).items():
            if MATRIX[path][method]["in"] in OWN and method == "GET" and short not in READING:
                continue
            answer = ground.knock(clients[short], path, method)
            heard = "in" if entered(answer) else answer.status
            if heard != wanted:
                different.append(f"{method} {path} {short}: {heard}, not {wanted}")

    assert different == []
    assert (Event.objects.count(), Refused.objects.count()) == (events, refused)  # nothing of it stayed


def test_nobody_gets_in_without_signing_in_nor_without_a_role(stage):
    ground = Ground(stage)
    nobody, outsider, admin = Api(), Api(ground.outsider), Api(stage.cast.admin)
    there, elsewhere = set(), set()

    for path, method in operations():
        if path == "session/":
            continue
        assert nobody.send(method, ground.address(path), ground.body(path, method)).status == 401
        if "{programme}" in path:
            for client in (outsider, admin):
                answer = client.send(method, ground.address(path), ground.body(path, method), version=1)
                assert (answer.status, answer.code) == (404, "not_found"), (method, path)
                there.add(answer.raw)
            absent = outsider.send(method, ground.address(path).replace("TALV", "NADA"), version=1)
            elsewhere.add(absent.raw)
    assert there == elsewhere  # byte for byte
    assert len(there) == 1
    assert admin.get("programmes/")["results"] == []
