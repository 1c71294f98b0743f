"""What is typed can be read: marks that nobody sees are refused, whatever the door (trust.md A34)."""

import pytest

from governance.text import holds_unseen
from tests.governance.api.door import Api
from usecases.backlog.models import UseCase

UNSEEN = ["\u202e", "\u200b", "\u2066", "\ufeff", "\x07", "\u2028", "\u00ad"]


@pytest.mark.parametrize("mark", UNSEEN, ids=ascii)
def test_a_mark_that_nobody_sees_is_found(mark):
    assert holds_unseen(f"ap{mark}prouvé")


@pytest.mark.parametrize(
    "text", ["", "Où ça ?", "l’œuvre\u00a0: 12\u202f%", "e\u0301", "👩🏽", "deux\r\nlignes\t!"], ids=ascii
)
def test_what_can_be_read_passes(text):
    assert not holds_unseen(text)


def test_a_line_has_no_second_line():
    assert holds_unseen("un\ndeux", lines=False)
    assert not holds_unseen("un deux", lines=False)


@pytest.mark.django_db
def test_the_api_and_the_page_refuse_at_the_field_and_keep_what_was_typed(cast, client):
    api = Api(cast.paul)
    for name in ("Ventes\u202etfarb", "Ventes\u200b", "Ventes\nprivées"):
        answer = api.post("programmes/TALV/use-cases/", {"title_fr": name, "title_en": "Sales"})
        assert (answer.status, answer.fields[0]) == (400, "title_fr")
    client.force_login(cast.paul.user)
    page = client.post("/p/TALV/use-cases/new/", {"title_fr": "Ventes\u202etfarb", "title_en": "Sales"})
    assert page.status_code in (400, 422)
    assert "ne se voient pas" in page.content.decode() or "invisibles" in page.content.decode()
    assert not UseCase.objects.exists()
