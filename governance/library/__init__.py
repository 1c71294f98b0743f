"""The shipped content (YAML) and its readers: vocabularies, templates, gates, policies, rights, the demo.

Files are read once per process, with exact numbers (`Decimal`, never a float), repeated keys refused and
dates left as text. Every entry comes with its words in both languages (`en` and `fr`, or `x_en` and `x_fr`):
what the library says in one language only is completed from `fr.yaml`. What a reader returns belongs to
the caller; what `load` returns is shared and must not be changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
Entry = dict[str, Any]


class Broken(ValueError):
    """A shipped file says something twice, or says what cannot be read exactly."""


# libyaml reads the same eight times faster, where PyYAML was built with it: every process reads the library.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Reader(_SafeLoader):  # type: ignore[misc, valid-type]
    """YAML without its traps: true and false are the only booleans, dates are text, numbers are exact."""


_Reader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("null", r"null|~|", ["n", "~", ""]),
):
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_form})$"), list(_first))


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _value in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, bool) or key in seen:
            raise Broken(f"bad or repeated key {key!r} {key_node.start_mark}")
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Reader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Reader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(text: str) -> Any:
    """Read YAML strictly: exact numbers, no repeated key, no disguised boolean or date."""
    return yaml.load(text, Loader=_Reader)  # noqa: S506 -- a SafeLoader


@cache
def load(name: str) -> Any:
    """Read a shipped file by its name without ending; shared by all callers, not to be changed."""
    return read((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def rule_schema() -> Any:
    """The JSON Schema of the dialect segrule/1; shared, not to be changed."""
    return json.loads((FOLDER / "segment_rule.schema.json").read_text(encoding="utf-8"))


def _ours(section: str) -> Any:
    return load("fr")[section]


def _with_source(entry: Entry) -> Entry:
    """Say the legal or house reference of an entry in both languages."""
    source = entry.pop("source")
    return {**entry, "source_en": source, "source_fr": _ours("references")[source]}


def _find(entries: Iterable[Entry], code: Any, what: str) -> Entry:
    for entry in entries:
        if entry["code"] == code:
            return entry
    raise KeyError(f"no {what} {code!r} in the library")


# ---------------------------------------------------------------- vocabularies
@cache
def _vocabulary(name: str) -> tuple[Entry, ...]:
    said: dict[Any, str] = _ours("vocabularies").get(name, {})
    entries: list[Entry] = []
    for entry in deepcopy(load("vocabularies")[name]):
        if "fr" not in entry:
            entry["fr"] = said[entry["code"]]
        if name == "scenario_levels":
            entry["rule_en"] = entry.pop("rule")
            entry["rule_fr"] = _ours("scenario_levels")[entry["code"]]
        if "needs" in entry:
            del entry["needs"]
            entry.update(_ours("legal_bases")[entry["code"]])
        entries.append(entry)
    return tuple(entries)


@cache
def _terms(name: str) -> dict[Any, Entry]:
    return {entry["code"]: entry for entry in _vocabulary(name)}


def vocabulary(name: str) -> list[Entry]:
    """Give the entries of a vocabulary, in the order of the library, each with `code`, `en` and `fr`."""
    return deepcopy(list(_vocabulary(name)))


def codes(name: str) -> list[Any]:
    """Give the codes of a vocabulary, in order."""
    return [entry["code"] for entry in _vocabulary(name)]


def entry(name: str, code: Any) -> Entry:
    """Give one entry of a vocabulary. Raises KeyError for a code that it does not hold."""
    return deepcopy(_terms(name)[code])


def language(lang: str) -> str:
    """Give `fr` for any French, `en` for all else."""
    return "fr" if lang.lower().startswith("fr") else "en"


def term(name: str, code: Any, lang: str) -> str:
    """Say a code of a vocabulary in words. Raises KeyError for a code that it does not hold."""
    return _terms(name)[code][language(lang)]


def value_term(value: str, lang: str, *, of: str = "") -> str | None:
    """Say in words a value of an attribute or event property (`of`, its code), if the library knows it."""
    values = _ours("values")
    said = values.get(of, {}).get(value) or values["shared"].get(value)
    return said[language(lang)] if said else None


def message_term(message: str, lang: str) -> str:
    """Say the working title of a template's message; what people typed themselves is given back as it is."""
    return _ours("messages").get(message, message) if language(lang) == "en" else message


# ---------------------------------------------------------------- gates, reviews, rights
def gates() -> list[Entry]:
    """Give the gates with their criteria, each in both languages."""
    return deepcopy(load("gates")["gates"])


def gate_settings() -> Entry:
    """Give what the gates share: thresholds, longest terms, most conditions."""
    return deepcopy(load("gates")["settings"])


def policies() -> list[Entry]:
    """Give the review policies: who must review what, when, how many, for how long."""
    found = deepcopy(load("review_policies")["policies"])
    for policy in found:
        if "note" in policy:
            policy["note_en"] = policy.pop("note")
            policy["note_fr"] = _ours("review_notes")[policy["code"]]
    return found


def field_groups() -> dict[str, list[str]]:
    """Give the ten facets and the fields that each one reads."""
    return deepcopy(load("review_policies")["field_groups"])


def watched() -> dict[str, list[str]]:
    """Give, for each review function, the facets that its scope fingerprint covers."""
    return deepcopy(load("review_policies")["watched"])


def renewal_window_days() -> int:
    """Say how many days before its end a signature may be renewed."""
    return int(load("review_policies")["renewal_window_days"])


def external_triggers() -> list[Entry]:
    """Give the events outside a revision that stale signatures."""
    found = deepcopy(load("review_policies")["external_triggers"])
    for trigger in found:
        trigger["en"] = trigger.pop("event")
        trigger["fr"] = _ours("external_triggers")[trigger["code"]]
    return found


def dpia() -> Entry:
    """Give the screening of the need for a data protection impact assessment."""
    return deepcopy(load("review_policies")["dpia"])


@cache
def _checklists() -> dict[str, tuple[Entry, ...]]:
    return {
        name: tuple(
            _with_source(
                {
                    "code": item["code"],
                    "en": item["q"],
                    "fr": _ours("checklists")[item["code"]],
                    "blocking": item["blocking"],
                    "source": item["source"],
                }
            )
            for item in items
        )
        for name, items in load("review_policies")["checklists"].items()
    }


def checklist(name: str) -> list[Entry]:
    """Give the questions of a checklist: `code`, the question as `en` and `fr`, `source_*`, `blocking`."""
    return deepcopy(list(_checklists()[name]))


def checklists() -> dict[str, list[Entry]]:
    """Give all checklists by name."""
    return {name: checklist(name) for name in _checklists()}


def question(code: str) -> Entry:
    """Give one question of any checklist by its code."""
    return deepcopy(_find((item for items in _checklists().values() for item in items), code, "question"))


def permissions() -> Entry:
    """Give the rights: `actions` with their cells by role abbreviation, and `sod_rules`."""
    found = deepcopy(load("permissions"))
    for section, said in (("actions", _ours("permissions")), ("sod_rules", _ours("sod_rules"))):
        for item in found[section]:
            item["fr"] = said[item["code"]]
    return found


def usage_policies() -> list[Entry]:
    """Give which data may serve which marketing action, with `reason_*` and `source_*`."""
    found = deepcopy(load("usage_policies")["policies"])
    for policy in found:
        policy["reason_fr"] = _ours("usage_policies")[policy["code"]]
        if "override" in policy:
            policy["override_en"] = policy.pop("override")
            policy["override_fr"] = _ours("usage_overrides")[policy["code"]]
    return [_with_source(policy) for policy in found]


def exclusion_role() -> dict[str, list[str]]:
    """Give the usage policies that exclusion segments skip: `upstream_skips` and `exported_skips`."""
    return deepcopy(load("usage_policies")["exclusion_role"])


# ---------------------------------------------------------------- templates
@cache
def _templates() -> tuple[Entry, ...]:
    found = deepcopy(load("usecases")["usecases"])
    for template in found:
        template.setdefault("nature", "marketing")
        for place, segment in enumerate(template["segments"]):
            segment["code"] = f"{template['code']}#{place}"
        for kpi in template["kpis"]:
            kpi["typical_en"] = kpi.pop("typical")
            kpi["typical_fr"] = _ours("typical")[kpi["typical_en"]]
    return tuple(found)


def usecase_templates() -> list[Entry]:
    """Give the 25 use-case templates; each segment bears its `code`, as LIB-UC-01#0."""
    return deepcopy(list(_templates()))


def usecase_template(code: str) -> Entry:
    """Give one use-case template. Raises KeyError for a code that is not shipped."""
    return deepcopy(_find(_templates(), code, "use-case template"))


def segment_template(code: str) -> Entry:
    """Give a segment of a use-case template (LIB-UC-01#0: its first), or a standing exclusion by its code."""
    if "#" in code:
        return deepcopy(
            _find(
                _find(_templates(), code.split("#")[0], "use-case template")["segments"],
                code,
                "segment template",
            )
        )
    return _find(standing_exclusions(), code, "segment template")


def shared_segments() -> list[Entry]:
    """Give the segments that several templates name: `code`, `role`, `segment` (where it is defined)."""
    found = []
    for shared in deepcopy(load("usecases")["shared_segments"]):
        home = _find(_templates(), shared.pop("defined_in"), "use-case template")
        segment = next(item for item in home["segments"] if item["role"] == shared["role"])
        found.append(
            {
                **shared,
                "segment": segment["code"],
                "name_en": segment["name_en"],
                "name_fr": segment["name_fr"],
            }
        )
    return found


def standing_exclusions() -> list[Entry]:
    """Give the exclusions applied to every push, each with its rule; role exclusion, applied upstream."""
    found = deepcopy(load("usecases")["standing_exclusions"])
    return [{"role": "exclusion", "apply": "upstream", **exclusion} for exclusion in found]


def kpis() -> list[Entry]:
    """Give the KPI definitions."""
    found = deepcopy(load("kpis")["kpis"])
    for kpi in found:
        for field in ("note", "computed"):
            if field in kpi:
                kpi[f"{field}_en"] = kpi.pop(field)
        kpi.update(_ours("kpi_notes").get(kpi["code"], {}))
    return found


def catalogue_template() -> Entry:
    """Give the template catalogue: `sources`, `attributes` and `events`."""
    found = load("attributes")
    return {section: deepcopy(found[section]) for section in ("sources", "attributes", "events")}


def bodies() -> list[Entry]:
    """Give the governance bodies with their meeting templates."""
    return deepcopy(load("bodies")["bodies"])


def raci() -> dict[str, list[Entry]]:
    """Give the RACI by phase."""
    return deepcopy(load("raci")["raci"])


def skills() -> Entry:
    """Give the skills circle: `skills`, `rules`, `trainings`, and `levels` as code, en, fr."""
    found = deepcopy(load("skills"))
    said = _ours("skill_levels")
    found["levels"] = [{"code": code, "en": en, "fr": said[code]} for code, en in found["levels"].items()]
    return found


def vendor_grid() -> Entry:
    """Give the vendor evaluation grid: `themes`, `replaceability`, `rules`, and `scale` as code, en, fr."""
    found = deepcopy(load("vendor_grid"))
    said = _ours("vendor_scale")
    found["scale"] = [{"code": code, "en": en, "fr": said[code]} for code, en in found["scale"].items()]
    return found


def demo() -> Entry:
    """Give the demo programme as shipped; its reading rules stand at the top of the file."""
    return deepcopy(load("demo_programme"))


def demos() -> list[Entry]:
    """Give the programmes of the demo, the main one first; all have one shape."""
    return [demo(), deepcopy(load("demo_programme_belgium"))]
