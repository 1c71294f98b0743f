import pytest
pytestmark = pytest.mark.django_db
from tests.walks.stage import stage
def test_smoke(stage):
    rev = stage.approved()
    print(rev.edition.flags, rev.edition.size, rev.usecase.status)
    print({f: (s.state, s.covers) for f, s in stage.standing(rev.edition).items()})
    import json
    print(rev.edition.read)
