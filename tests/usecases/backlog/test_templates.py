"""What the templates of the library say, read into the parts of a use case."""

import pytest

from governance import library
from usecases.backlog import actions
from usecases.backlog.wording import hypothesis

BEGINS_IN_THE_MIDDLE = ("pendant", "accueilli", "avantage", "classées", "during", "hosted", "benefit")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_hypothesis_of_each_template_is_parted_into_whole_sides(lang):
    for shipped in library.usecase_templates():
        text = shipped[f"hypothesis_{lang}"]
        sides = actions.WORDED[lang].match(text)
        assert sides is not None, text
        first, second = sides["if"], sides["then"]
        assert first.count("(") == first.count(")"), text
        assert second.split()[0].lower() not in BEGINS_IN_THE_MIDDLE
        assert ", car " not in first + second, text
        assert ", because " not in first + second, text


def test_a_side_with_commas_stays_whole():
    said = "Si le vendeur dispose avant, pendant et après la visite, le panier progresse, car il sert."
    assert actions.WORDED["fr"].match(said).groupdict() == {
        "if": "le vendeur dispose avant, pendant et après la visite",
        "then": "le panier progresse",
        "because": "il sert",
    }


def test_a_hypothesis_ends_with_one_stop():
    said = {"if": "nous retirons les clients", "then": "le CPA baisse", "because": "une part est convertie."}
    told = "Si nous retirons les clients, alors le CPA baisse, car une part est convertie."
    assert hypothesis(said) == told
