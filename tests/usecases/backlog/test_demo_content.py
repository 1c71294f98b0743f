"""The content of the demo programme goes through the verbs: segments, targets and revisions of the file."""

import datetime as dt
from decimal import Decimal

import pytest

from governance import library
from governance.charter import actions as charter
from governance.reviews.choices import Standing
from tests import makers
from tests.walks.stage import DESTINATIONS
from usecases.backlog import actions, queries
from usecases.kpis import actions as kpis
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries
from usecases.segments.choices import SegmentStatus

pytestmark = pytest.mark.django_db

# What check_library.py computes for each revision, large_scale by the sizes of the file.
FLAGS = {
    ("UC-01", 1): {"third_party_export", "platform_match", "tracker_data", "large_scale"},
    ("UC-02", 1): {"tracker_data"},
    ("UC-02", 2): {"third_party_export", "tracker_data", "data_combination"},
    ("UC-03", 1): {"complaint_data"},
    ("UC-05", 1): {"third_party_export", "platform_match", "scoring", "inferred_traits", "large_scale"},
    ("UC-07", 1): {"data_combination"},
    ("UC-11", 1): {"large_scale"},
}


class Replay:
    """The acts of the file on one day: what matters here is what they say, not when."""

    def __init__(self, stage):
        self.stage, self.programme, self.demo = stage, stage.programme, library.demo()
        cast = stage.cast
        self.people = {"mehdi.media": cast.mehdi, "fatou.conseil": cast.fatou, "anna.mesure": cast.anna}
        self.people |= {"olivier.opere": cast.olivier, "paul.pilote": cast.paul}
        for key, department in (("chloe.client", "crm"), ("rosa.reseau", "network"), ("ines.dee", "digital")):
            self.people[key] = cast.newcomer(key, department=department, role="core_team_member")
        self.people["ines.digital"] = self.people.pop("ines.dee")
        self.lia = stage.balancing_test()
        self.by_code = {uc["code"]: uc for uc in self.demo["usecases"]}
        self.objectives = {
            one["code"]: charter.draft_objective(
                self.programme,
                by=cast.paul,
                horizon=one["horizon"],
                statement_fr=one["fr"],
                statement_en=one["en"],
                owner=cast.helene,
                due_on=dt.date.today() + dt.timedelta(days=100),
                code=f"{one['code']}X",
            )
            for one in self.demo["objectives"]
        }

    def segments(self):
        """Freeze and approve every version, in the order of the file."""
        rules = {(one["code"], one["version"]): one["rule"] for one in self.demo["earlier_versions"]}
        said = {one["code"]: one for one in self.demo["segments"]}
        for version in self.demo["segment_versions"]:
            entry = said[version["code"]]
            authors = [self.people[key] for key in version["authors"]]
            rule = rules.get((version["code"], version["v"])) or segments.pinned(
                library.segment_template(entry["from"])["rule"],
                {ref: self.version(*pin) for ref, pin in entry.get("pins", {}).items()},
            )
            if version["v"] == 1:
                segment = segments.create_from_template(
                    self.programme,
                    entry["from"],
                    by=authors[0],
                    code=entry["code"],
                    name=entry["name"],
                    rule=rule,
                )
                draft = segment_queries.draft(segment)
            else:
                segment = self.version(version["code"], version["v"] - 1).segment
                draft = segments.edit(segments.revise(segment, by=authors[0]), by=authors[0], rule=rule)
            for author in authors[1:]:
                draft = segments.edit(draft, by=author, change_summary="relu")
            frozen = self.stage.freeze(draft, size=version["estimates"][-1][1])
            assert set(frozen.edition.authors.values_list("person", flat=True)) == {one.pk for one in authors}
            assert {request.function for request in frozen.edition.requests.open()} == {
                function for function in ("technical", "dpo") if function in version
            } or version["code"] == "SEG-12"
            self.stage.approve(frozen.edition)

    def version(self, code, number):
        """A version by code and number."""
        return segment_queries.versions(self.programme).get(segment__dossier__code=code, number=number)

    def usecases(self):
        """Note, frame and score every use case; set its targets."""
        for uc in self.demo["usecases"]:
            owner = self.people[uc["owner"]]
            usecase = actions.create(
                self.programme,
                by=owner,
                code=uc["code"],
                title_fr=library.usecase_template(uc["template"])["title_fr"],
                emblematic=uc["emblematic"],
                branch=uc["branch"],
                level=uc["level"],
            )
            reach, impact, confidence, weeks = uc["rice"]
            actions.score(
                usecase,
                by=owner,
                reach=reach,
                impact=Decimal(impact),
                confidence=Decimal(confidence),
                effort_weeks=Decimal(weeks),
            )
            start, end = map(dt.date.fromisoformat, uc["roadmap"])
            actions.schedule(usecase, by=self.people["paul.pilote"], start=start, end=end, confidence=2)
        for one in self.demo["targets"]:
            if one["subject"] != "programme":
                usecase = queries.use_cases(self.programme).get(dossier__code=one["subject"])
                figures = {name: Decimal(one[name]) for name in ("baseline", "target") if name in one}
                limits = {f"{name}imum": Decimal(one[name]) for name in ("min", "max") if name in one}
                kpis.set_target(
                    self.programme,
                    by=usecase.owner,
                    kpi=one["kpi"],
                    kind=one["kind"],
                    dossier=usecase.dossier,
                    code=one["id"],
                    start_on=dt.date.fromisoformat(one["start"]) if "start" in one else None,
                    horizon_on=dt.date.fromisoformat(one["horizon"]) if "horizon" in one else None,
                    **figures,
                    **limits,
                )

    def revision(self, said):
        """Write and submit one revision as the file says it."""
        uc = self.by_code[said["uc"]]
        usecase = queries.use_cases(self.programme).get(dossier__code=said["uc"])
        owner, template = usecase.owner, library.usecase_template(uc["template"])
        if said["r"] == 1:
            draft = actions.instantiate(queries.draft(usecase), uc["template"], by=owner, lia=self.lia)
        else:
            draft = actions.open_revision(usecase, by=owner)
        channels = said.get("channels", template["channels"])
        purposes = said.get("purposes", template["purposes"])
        hypothesis = self.demo["hypotheses"].get(said["uc"], ["", "", ""])
        draft = actions.edit(
            draft,
            by=owner,
            scenario_level=said["level"],
            audience_branch=said.get("branch", uc["branch"]),
            channels=channels,
            destinations=[code for channel, (code, _org) in self.destinations() if channel in channels],
            recipients=sorted({org for channel, (_code, org) in self.destinations() if channel in channels}),
            purposes=[
                {
                    "purpose": code,
                    "legal_basis": basis,
                    "lia_evidence": self.lia if "interests" in basis else None,
                }
                for code in purposes
                for basis in [self.basis(code, template["legal_basis"])]
            ],
            journey=said.get("journey", template["journey"]),
            segments=[
                {
                    "segment_version": (code, number),
                    "role": role,
                    "apply": self.version(code, number).segment.apply,
                }
                for code, number, role in said.get("segments", uc["segments"])
            ],
            objectives=[self.objectives[code] for code in uc["objectives"]],
            targets=uc["targets"],
            hypothesis=dict(zip(("if", "then", "because"), hypothesis, strict=True)),
            budget_eur=uc["budget_eur"],
            caps=said.get("caps", {}),
            change_summary=said.get("change", ""),
        )
        for key in said["authors"]:
            actions.edit(queries.draft(usecase), by=self.people[key])
        if usecase.status == "idea":
            actions.frame(usecase, by=self.people["paul.pilote"])
        return actions.submit(queries.draft(usecase), by=owner) if said["submitted"] else draft

    def basis(self, purpose, wanted):
        """The template's basis if the purpose allows it, else its own first one."""
        bases = library.entry("purposes", purpose)["bases"]
        return wanted if wanted in bases else bases[0]

    def destinations(self):
        """The destination of each channel."""
        return DESTINATIONS.items()


@pytest.fixture
def replayed(stage):
    """Everything of the file but its reviews of use cases."""
    makers.in_phase(stage.programme, "setup")
    replay = Replay(stage)
    replay.segments()
    replay.usecases()
    return replay


def test_every_segment_and_revision_of_the_demo_is_possible(replayed, stage):
    statuses = {
        version.code: segment_queries.status_of(version)
        for version in segment_queries.versions(stage.programme)
    }
    assert len(statuses) == len(replayed.demo["segment_versions"])
    assert set(statuses.values()) == {SegmentStatus.APPROVED}

    for said in replayed.demo["revisions"]:
        key = (said["uc"], said["r"])
        revision = replayed.revision(said)
        if revision.edition is None:
            assert key == ("UC-13", 1)
            continue
        assert set(revision.authors.all()) == {replayed.people[author] for author in said["authors"]}
        if key in FLAGS:
            assert set(revision.edition.flags) == FLAGS[key], key
        asked = {request.function for request in revision.edition.requests.open()}
        signed = {name for name in ("legal", "dpo", "security", "technical", "sponsor") if name in said}
        assert signed <= {
            one.function for one in stage.standing(revision.edition).values() if one.required
        }, key
        if "sponsor" in said:
            stage.approve(revision.edition)
            assert queries.latest(revision.usecase).usecase.status == "approved"
        elif "outcome" in said:
            rejecting = next(name for name in signed if said[name][2] == "reject")
            stage.sign(revision.edition, rejecting, decision="reject")
            assert stage.standing(revision.edition)[rejecting].state == Standing.NEGATIVE
        assert asked, key

    found = {usecase.code: usecase.status for usecase in queries.use_cases(stage.programme)}
    expected = {uc["code"]: "approved" for uc in replayed.demo["usecases"]}
    expected |= {"UC-11": "submitted", "UC-12": "changes_requested", "UC-13": "framing", "UC-14": "idea"}
    assert found == expected
