"""What each event says to a person: one sentence, made in the reader's language when it is read.

A verb leaves facts with its message; a sentence names those it needs. Facts known to all: `who` (who
acted), `what` (the thing, in words, or `{"fr": …, "en": …}`), `code`. Codes in `function`, `role`,
`outcome`, `decision`, `severity` and `phase` become words, ISO days (`on`, `until`, `from`, `due`)
become dates.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

# Words of rooms above, said with the same English as there.
WORDS: dict[str, dict[str, str]] = {
    "outcome": {
        "go": _("Go"),
        "conditional_go": _("Go under conditions"),
        "hold": _("Hold"),
        "recycle": _("Take up again"),
        "kill": _("Stop the programme"),
    },
    "decision": {
        "approve": _("Approved"),
        "approve_with_conditions": _("Approved under conditions"),
        "reject": _("Rejected"),
    },
    "severity": {
        "before_start": _("Before any start"),
        "after_due": _("Suspends once overdue"),
        "follow_up": _("Follow-up"),
    },
    "phase": {
        "cadrage": _("Framing"),
        "setup": _("Set-up"),
        "test_learn": _("Test & learn"),
        "run": _("Run"),
    },
}

SENTENCES: dict[str, str] = {
    # programme
    "programme.founded": _("%(what)s was created: you are its sponsor."),
    "programme.started": _("%(what)s has started."),
    "programme.stopping": _("%(what)s is being stopped."),
    "phase.opened": _("The phase “%(phase)s” opens."),
    "phase.closed": _("The phase “%(phase)s” closes."),
    "phase.recycled": _("The gate of the phase “%(phase)s” is to be prepared again."),
    "phase.resumed": _("The phase “%(phase)s” is no longer held: it is open again."),
    "phase.reopened": _("The phase “%(phase)s” is open again. Reason: %(reason)s"),
    # roles
    "role.assigned": _("%(who)s gave you the role “%(role)s”, from %(from)s."),
    "role.ended": _("Your role “%(role)s” ends on %(until)s."),
    "role.revoked": _("%(who)s withdrew your role “%(role)s”. Reason: %(reason)s"),
    "dossier.shared": _("%(who)s shared %(what)s with you."),
    "dossier.unshared": _("%(what)s is no longer shared with you."),
    "delegation.proposed": _(
        "%(who)s asks you to sign for them, as “%(function)s”, from %(from)s to %(until)s: accept or decline."
    ),
    "delegation.accepted": _(
        "%(who)s accepts to sign for you, as “%(function)s”, from %(from)s to %(until)s."
    ),
    "delegation.declined": _("%(who)s declines to sign for you, as “%(function)s”."),
    "delegation.ended": _("%(who)s ended the delegation of signature, as “%(function)s”. Reason: %(reason)s"),
    "deputy.named": _("%(who)s named you as a deputy for the function “%(function)s”."),
    # reviews and conditions
    "review.asked": _("%(what)s waits for your review, as “%(function)s”, due on %(due)s."),
    "review.assigned": _("%(who)s assigned you the review of %(what)s, as “%(function)s”, due on %(due)s."),
    "review.late": _("The review of %(what)s, as “%(function)s”, was due on %(due)s."),
    "review.signed": _("%(who)s signed the review of %(what)s, as “%(function)s”: %(decision)s."),
    "review.rejected": _("%(who)s rejected %(what)s, as “%(function)s”. %(reason)s"),
    "review.revoked": _("%(who)s withdrew a signature on %(what)s, as “%(function)s”. Reason: %(reason)s"),
    "review.fell": _("Signatures on %(what)s no longer stand, as “%(function)s”: %(reason)s"),
    "review.expiring": _(
        "The signature on %(what)s, as “%(function)s”, ends on %(until)s: it may be renewed."
    ),
    "edition.approved": _("%(what)s is approved: every function asked has signed."),
    "edition.withdrawn": _("%(who)s withdrew %(what)s from review."),
    "condition.created": _("A condition is yours on %(what)s, due on %(due)s: %(text)s"),
    "condition.evidence": _("%(who)s gave evidence for the condition %(code)s: it waits for your check."),
    "condition.satisfied": _("The condition %(code)s is met."),
    "condition.refused": _(
        "%(who)s did not accept the evidence for the condition %(code)s. Reason: %(reason)s"
    ),
    "condition.waived": _("%(who)s lifted the condition %(code)s. Reason: %(reason)s"),
    "condition.overdue": _("The condition %(code)s was due on %(due)s: %(text)s"),
    # gates
    "gate.submitted": _("%(who)s submitted the gate %(what)s: it waits for two sponsors."),
    "gate.withdrawn": _("%(who)s withdrew the gate %(what)s. Reason: %(reason)s"),
    "gate.signed": _("%(who)s signed the gate %(what)s: %(outcome)s."),
    "gate.decided": _("The gate %(what)s is decided: %(outcome)s."),
    "gate.lapsed": _("The decision on the gate %(what)s lapses: the condition %(code)s is overdue."),
    "gate.restored": _("The decision on the gate %(what)s holds again."),
    "gate.signature_replaced": _(
        "%(who)s signed the gate %(what)s on other terms: your signature no longer counts. "
        "Read the new terms."
    ),
    "gate.reopening_signed": _(
        "%(who)s asks that the decision on the gate %(what)s be taken up again: a second sponsor is needed. "
        "Reason: %(reason)s"
    ),
    # objectives, use cases, segments
    "objective.validated": _("%(who)s validated the objective %(code)s."),
    "objective.to_validate": _("The objective %(code)s waits for your validation."),
    "usecase.framed": _("%(what)s is being framed."),
    "usecase.submitted": _("%(who)s submitted %(what)s for review."),
    "usecase.approved": _("%(what)s is approved."),
    "usecase.changes_requested": _("Changes are asked for on %(what)s: %(reason)s"),
    "usecase.withdrawn": _("%(who)s withdrew %(what)s from review."),
    "usecase.paused": _("%(who)s paused %(what)s. Reason: %(reason)s"),
    "usecase.resumed": _("%(who)s resumed %(what)s."),
    "usecase.stopped": _("%(who)s stopped %(what)s. Reason: %(reason)s"),
    "segment.submitted": _("%(who)s froze %(what)s: it waits for its reviews."),
    "segment.approved": _("%(what)s is approved."),
    "segment.changes_requested": _("Changes are asked for on %(what)s: %(reason)s"),
    "segment.deprecated": _("%(who)s withdrew %(what)s from use."),
    "note.added": _("%(who)s wrote a knowledge note on %(what)s: it waits for your confirmation."),
    "note.confirmed": _("%(who)s confirmed your knowledge note on %(what)s."),
    "note.rejected": _("%(who)s says that your knowledge note on %(what)s is not true."),
    "source.owned": _("%(who)s made you the owner of the source %(what)s."),
}
