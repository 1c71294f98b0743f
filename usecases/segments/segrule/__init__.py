"""The rule language segrule/1: what a segment says, whether it may be said, and how it reads.

Pure: no table, no request. `check` tells all about a rule at once; the parts stand in their own modules.
"""

from usecases.segments.segrule.analysis import Facts, Reference, Resolver, facts, nothing_known, shipped
from usecases.segments.segrule.canonical import fingerprint, text, version_fingerprint
from usecases.segments.segrule.checking import Report, check, policy_fault
from usecases.segments.segrule.difference import Change, difference
from usecases.segments.segrule.document import Fault
from usecases.segments.segrule.sentence import Illegible, Part, Reading, clause, reading

__all__ = [
    "Change",
    "Facts",
    "Fault",
    "Illegible",
    "Part",
    "Reading",
    "Reference",
    "Report",
    "Resolver",
    "check",
    "clause",
    "difference",
    "facts",
    "fingerprint",
    "nothing_known",
    "policy_fault",
    "reading",
    "shipped",
    "text",
    "version_fingerprint",
]
