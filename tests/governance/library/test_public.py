"""The library against what others published: the purposes of the Transparency and Consent Framework."""

import json

from governance import library
from tests.shared import FOLDER, needs_shared_data


@needs_shared_data
def test_purposes_carry_the_numbers_and_names_of_the_framework():
    published = json.loads((FOLDER / "tcf" / "gvl-v3-vendor-list-7.json").read_text())
    ours = {one["code"]: one["en"] for one in library.vocabulary("purposes")}
    purposes = {f"tcf_p{number}": one["name"] for number, one in published["purposes"].items()}
    features = {f"tcf_sf{number}": one["name"] for number, one in published["specialFeatures"].items()}
    assert len(purposes) == 11
    assert {code: ours.get(code) for code in purposes} == purposes
    named = {code: name.removesuffix(" data") for code, name in features.items()}
    assert {code: ours[code].removesuffix(" data") for code in features} == named
    assert {code for code in ours if code.startswith("tcf_")} == set(purposes) | set(features)
