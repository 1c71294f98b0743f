"""Words and addresses of what the journal and the notices name by codes."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance import library
from governance.dossiers.choices import DossierKind
from governance.dossiers.kinds import kind_of
from governance.programmes.choices import PhaseKind
from governance.roles import matrix

# What each event says happened.
VERBS: dict[str, Any] = {
    # accounts
    "account.opened": _("Account opened"),
    "account.deactivated": _("Account closed"),
    "account.reactivated": _("Account opened again"),
    "account.second_factor_removed": _("Second factor given up"),
    "account.second_factor_set": _("Second factor set up"),
    "token.made": _("Key for programs made"),
    "token.revoked": _("Key for programs ended"),
    # people and organisations
    "organisation.added": _("Organisation written down"),
    "person.added": _("Person written down"),
    "person.edited": _("Person changed"),
    "person.left": _("Departure noted"),
    "person.signs_in": _("Person tied to an account"),
    "interest.declared": _("Interest declared"),
    "engagement.made": _("Organisation engaged"),
    "engagement.edited": _("Engagement changed"),
    # the programme
    "programme.founded": _("Programme founded"),
    "programme.edited": _("Frame of the programme changed"),
    "programme.vision_drafted": _("Problem and expected results written"),
    "programme.operator_chosen": _("Operating mode chosen"),
    "programme.started": _("Programme started"),
    "programme.suspended": _("Programme suspended"),
    "programme.resumed": _("Programme resumed"),
    "programme.stopping": _("Programme being stopped"),
    "programme.stopped": _("Programme stopped"),
    "programme.closing": _("Programme being closed"),
    "programme.closed": _("Programme closed"),
    "phase.planned": _("Phase planned"),
    "phase.opened": _("Phase opened"),
    "phase.gate_pending": _("Phase before its gate"),
    "phase.recycled": _("Phase to be taken up again"),
    "phase.held": _("Phase held"),
    "phase.resumed": _("Phase resumed"),
    "phase.closed": _("Phase closed"),
    "phase.reopened": _("Phase reopened"),
    "phase.set_back": _("Phase set back"),
    # roles
    "role.assigned": _("Role given"),
    "role.ended": _("End of a role set"),
    "role.revoked": _("Role withdrawn"),
    "dossier.shared": _("Dossier shared with a person"),
    "dossier.unshared": _("Dossier no longer shared"),
    "delegation.proposed": _("Delegation proposed"),
    "delegation.accepted": _("Delegation accepted"),
    "delegation.declined": _("Delegation declined"),
    "delegation.ended": _("Delegation ended"),
    "deputy.named": _("Deputy named"),
    # evidence, conditions
    "evidence.added": _("Evidence added"),
    "evidence.superseded": _("Evidence superseded"),
    "condition.set": _("Condition set"),
    "condition.evidence": _("Proof given for a condition"),
    "condition.evidence_refused": _("Proof of a condition refused"),
    "condition.satisfied": _("Condition met"),
    "condition.waiver_proposed": _("Waiver of a condition proposed"),
    "condition.waived": _("Condition waived"),
    # objectives and gates
    "objective.drafted": _("Objective drafted"),
    "objective.validated": _("Objective validated"),
    "objective.achieved": _("Objective achieved"),
    "objective.dropped": _("Objective given up"),
    "gates.loaded": _("Gates and criteria loaded"),
    "gate.prepared": _("Gate review opened"),
    "gate.attested": _("Criterion attested"),
    "gate.submitted": _("Gate submitted"),
    "gate.withdrawn": _("Gate withdrawn"),
    "gate.signed": _("Gate signed"),
    "gate.decided": _("Gate decided"),
    "gate.lapsed": _("Decision at a gate lapsed"),
    "gate.restored": _("Decision at a gate in force again"),
    "gate.reopening_signed": _("Reopening signed"),
    # reviews
    "review.asked": _("Review asked"),
    "review.assigned": _("Review assigned"),
    "review.taken": _("Review taken up"),
    "review.signed": _("Review signed"),
    "review.revoked": _("Signature revoked"),
    "review.event": _("Event that touches signatures"),
    "edition.approved": _("Content approved"),
    "edition.withdrawn": _("Content withdrawn from review"),
    # catalogue, indicators
    "catalogue.loaded": _("Catalogue loaded"),
    "catalogue.assessed": _("Catalogue assessed"),
    "catalogue.published": _("Catalogue published"),
    "destination.added": _("Destination added"),
    "source.owned": _("Owner of a source named"),
    "note.added": _("Knowledge note written"),
    "note.confirmed": _("Knowledge note confirmed"),
    "note.rejected": _("Knowledge note rejected"),
    "kpis.loaded": _("Indicators loaded"),
    "target.set": _("Target set"),
    "target.baseline_given": _("Baseline of a target given"),
    "target.tied": _("Target tied to objectives"),
    "target.closed": _("Target closed"),
    # segments, use cases
    "segment.created": _("Segment created"),
    "segment.edited": _("Segment changed"),
    "segment.estimated": _("Segment sized"),
    "segment.frozen": _("Segment frozen"),
    "segment.approved": _("Segment approved"),
    "segment.revised": _("New version of a segment opened"),
    "segment.deprecated": _("Segment withdrawn from use"),
    "usecase.created": _("Use case written down"),
    "usecase.framed": _("Framing of a use case begun"),
    "usecase.scored": _("Use case scored"),
    "usecase.scheduled": _("Use case scheduled"),
    "usecase.submitted": _("Use case submitted"),
    "usecase.withdrawn": _("Use case withdrawn from review"),
    "usecase.approved": _("Use case approved"),
    "usecase.changes_requested": _("Changes to a use case requested"),
    "usecase.paused": _("Use case paused"),
    "usecase.resumed": _("Use case resumed"),
    "usecase.stopped": _("Use case stopped"),
    "usecase.changed": _("Use case changed"),
    "usecase.linked": _("Dependency between use cases noted"),
    "usecase.unlinked": _("Dependency between use cases removed"),
    "revision.opened": _("New revision opened"),
    "revision.instantiated": _("Revision filled from the library"),
    "revision.edited": _("Draft of a revision changed"),
    "revision.submitted": _("Revision submitted"),
    "revision.approved": _("Revision approved"),
    "revision.withdrawn": _("Revision withdrawn from review"),
    "revision.replaced": _("Revision closed: the next one takes its place"),
    "revision.changes_requested": _("Changes to a revision requested"),
}
# Refused acts are named by the right they ask for; these have no line in the matrix.
ACTS: dict[str, Any] = {
    "account.open": _("Open an account"),
    "account.deactivate": _("Close an account"),
    "account.reactivate": _("Open an account again"),
    "token.make": _("Make a key for programs"),
    "token.revoke": _("End a key for programs"),
    "review.take": _("Take a review up"),
    "review.assign": _("Assign a review"),
    "review.ask": _("Ask for a review again"),
    "condition.evidence": _("Give a proof for a condition"),
    "condition.refuse": _("Refuse the proof of a condition"),
    "gate.submit": _("Submit a gate"),
    "gate.sign": _("Sign a gate"),
    "gate.resume": _("Resume after a hold"),
    "delegation.decline": _("Decline a delegation"),
    "review.ask_again": _("Ask for a review again"),
    "role.end": _("Set the end of a role"),
    "role.revoke": _("Withdraw a role"),
    "phase.plan": _("Plan a phase"),
    "objective.achieve": _("Declare an objective achieved"),
    "objective.drop": _("Give an objective up"),
    "catalogue.publish": _("Publish the catalogue"),
    "destination.add": _("Add a destination"),
    "source.own": _("Name the owner of a source"),
    "note.reject": _("Reject a knowledge note"),
    "segment.create": _("Create a segment"),
    "segment.check": _("Check the rule of a segment"),
    "segment.revise": _("Open a new version of a segment"),
    "segment.estimate": _("Size a segment"),
    "segment.deprecate": _("Withdraw a segment from use"),
    "target.baseline": _("Give the baseline of a target"),
    "target.tie": _("Tie a target to objectives"),
    "target.close": _("Close a target"),
    "usecase.edit": _("Change a use case"),
    "usecase.frame": _("Begin the framing of a use case"),
    "revision.open": _("Open a new revision"),
    "revision.edit": _("Change the draft of a revision"),
    "session.open": _("Sign in"),
    "session.prove": _("Prove who one is"),
    "session.end": _("Sign out"),
}
KINDS: dict[str, Any] = {
    **{kind.value: kind.label for kind in DossierKind},
    "programme": _("Programme"),
    "phase": _("Phase"),
    "gate": _("Gate"),
    "condition": _("Condition"),
    "objective": _("Objective"),
    "person": _("Person"),
    "user": _("Account"),
    "organisation": _("Organisation"),
    "delegation": _("Delegation"),
    "evidence": _("Evidence"),
    "kpi_target": _("KPI target"),
    "destination": _("Destination"),
}
PAGES = {
    "condition": "governance:condition",
    "evidence": "governance:evidence",
    "gate": "governance:gate",
    "person": "governance:person",
}
TOGETHER = {
    "programme": "governance:programme",
    "phase": "governance:programme",
    "objective": "governance:programme",
    "organisation": "governance:people",
    "delegation": "governance:delegations",
}


def verb_in_words(verb: str) -> str:
    """What an event says happened; its own code for one that has no words."""
    return str(VERBS.get(verb, verb))


def act_in_words(verb: str) -> str:
    """What somebody tried to do, by the right it asks for."""
    if verb in ACTS:
        return str(ACTS[verb])
    titles = matrix.titles().get(verb)
    return titles[library.language(get_language() or "fr")] if titles else verb_in_words(verb)


def kind_in_words(kind: str) -> str:
    """What a subject is; its own code for a kind that has no words."""
    return str(KINDS.get(kind, kind))


def subject_in_words(kind: str, code: str) -> str:
    """The code of a subject as people know it: a phase has a name, everything else its code."""
    return str(PhaseKind(code).label) if kind == "phase" and code in PhaseKind.values else code


def address_of(programme: str, kind: str, code: str) -> str:
    """The page of what an event or a notice is about; empty where it has none."""
    try:
        if kind == DossierKind.GATE_REVIEW:
            return reverse("governance:gate", args=[programme, code.partition("-")[0]])
        if kind in PAGES:
            return reverse(PAGES[kind], args=[programme, code])
        if kind in TOGETHER:
            return reverse(TOGETHER[kind], args=[programme])
        return reverse(kind_of(kind).url, kwargs={"programme": programme, "code": code})
    except (KeyError, NoReverseMatch):
        return ""
