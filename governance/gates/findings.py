"""What a gate finds of each criterion, and what is frozen of it. Pure; rules, queries and pages read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from governance import canonical, library
from governance.gates.choices import Level
from governance.gates.registry import said

PASS, FAIL = "pass", "fail"


@dataclass(frozen=True)
class CriterionFinding:
    """One criterion as it stands: whether it passes, why, who can lift it and how.

    `text`, `value`, `threshold` and `explanation` are in the language in which it was found; `roles` are
    those that can lift it (unknown of what was frozen), `who_can` the same in words; `attested_by` and
    `attested_on` are set where a person gave their word for this attempt, with their `evidence` codes: of
    that person, key, name and e-mail are known.
    """

    code: str
    text: str
    level: str
    kind: str
    waivable: bool
    weight: int | None
    outcome: str
    value: Any
    threshold: Any
    explanation: str
    who_can: Sequence[str] = ()
    roles: Sequence[str] = ()
    acts: Sequence[dict[str, Any]] = ()
    attest_role: str = ""
    evidence_required: bool = False
    attested_by: Any = None
    attested_on: Any = None
    comment: str = ""
    evidence: Sequence[str] = field(default_factory=tuple)

    @property
    def passes(self) -> bool:
        """Say whether nothing is missing."""
        return self.outcome == PASS

    @property
    def blocks(self) -> bool:
        """Say whether it is a must that fails."""
        return self.level == Level.MUST and not self.passes


def blocking(found: Iterable[CriterionFinding]) -> list[CriterionFinding]:
    """The musts that fail."""
    return [each for each in found if each.blocks]


def failing_shoulds(found: Iterable[CriterionFinding]) -> list[CriterionFinding]:
    """The shoulds that fail."""
    return [each for each in found if each.level == Level.SHOULD and not each.passes]


def weights(found: Iterable[CriterionFinding]) -> tuple[int, int]:
    """The weight of the shoulds that pass, and of all of them."""
    shoulds = [each for each in found if each.level == Level.SHOULD]
    return sum(each.weight or 0 for each in shoulds if each.passes), sum(each.weight or 0 for each in shoulds)


def should_score(found: Iterable[CriterionFinding]) -> Decimal:
    """The weighted share of shoulds that pass, to four places; 1 where there is none."""
    passed, whole = weights(found)
    return (Decimal(passed) / whole).quantize(Decimal("0.0001")) if whole else Decimal(1)


def scores_enough(found: Iterable[CriterionFinding]) -> bool:
    """Say whether the shoulds reach the threshold of a plain go, counted exactly."""
    passed, whole = weights(found)
    return passed >= threshold() * whole


def threshold() -> Decimal:
    """The share of shoulds that a plain go needs."""
    return Decimal(library.gate_settings()["should_threshold"])


def frozen(french: Sequence[CriterionFinding], english: Sequence[CriterionFinding]) -> dict[str, Any]:
    """The content that sponsors read and sign: each criterion, in both languages, without a name of a row."""
    return {
        "should_score": should_score(french),
        "criteria": [
            {
                "code": fr.code,
                "level": fr.level,
                "kind": fr.kind,
                "waivable": fr.waivable,
                "weight": fr.weight,
                "outcome": fr.outcome,
                "text_fr": fr.text,
                "text_en": en.text,
                "value_fr": said(fr.value),
                "value_en": said(en.value),
                "threshold_fr": said(fr.threshold),
                "threshold_en": said(en.threshold),
                "explanation_fr": fr.explanation,
                "explanation_en": en.explanation,
                "who_can_fr": [str(who) for who in fr.who_can],
                "who_can_en": [str(who) for who in en.who_can],
                "attested_by": fr.attested_by.email if fr.attested_by else None,
                "attested_on": fr.attested_on,
                "comment": fr.comment,
                "evidence": list(fr.evidence),
            }
            for fr, en in zip(french, english, strict=True)
        ],
    }


def fingerprint(found: Iterable[CriterionFinding]) -> str:
    """What was found at one moment: outcomes and values, whatever the wording around them."""
    return canonical.fingerprint(
        [
            {
                "code": each.code,
                "outcome": each.outcome,
                "value": said(each.value),
                "evidence": sorted(each.evidence),
            }
            for each in found
        ]
    )


def thawed(content: dict[str, Any], lang: str) -> list[CriterionFinding]:
    """Read frozen findings back, in one language."""
    return [
        CriterionFinding(
            code=each["code"],
            text=each[f"text_{lang}"],
            level=each["level"],
            kind=each["kind"],
            waivable=each.get("waivable", False),
            weight=each.get("weight"),
            outcome=each["outcome"],
            value=each.get(f"value_{lang}", ""),
            threshold=each.get(f"threshold_{lang}", ""),
            explanation=each.get(f"explanation_{lang}", ""),
            who_can=each.get(f"who_can_{lang}", []),
            attested_by=each.get("attested_by"),
            attested_on=each.get("attested_on"),
            comment=each.get("comment", ""),
            evidence=each.get("evidence", []),
        )
        for each in content["criteria"]
    ]
