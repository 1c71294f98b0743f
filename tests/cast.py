"""One person per role, with the names of the demo, in a programme founded by verbs."""

import pickle

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance import clock
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers

# key, name, role, department, organisation
PEOPLE = [
    ("helene.marque", "Hélène Marque", Role.SPONSOR, "marketing", "ORG-TAL"),
    ("bruno.systemes", "Bruno Systèmes", Role.SPONSOR, "it", "ORG-TAL"),
    ("paul.pilote", "Paul Pilote", Role.CORE_TEAM_LEAD, "digital", "ORG-TAL"),
    ("mehdi.media", "Mehdi Média", Role.CORE_TEAM_MEMBER, "media_buying", "ORG-TAL"),
    ("aude.juriste", "Aude Juriste", Role.LEGAL_REVIEWER, "legal", "ORG-TAL"),
    ("diane.protection", "Diane Protection", Role.DPO, "privacy", "ORG-TAL"),
    ("simon.rempart", "Simon Rempart", Role.SECURITY_REVIEWER, "security", "ORG-TAL"),
    ("thomas.connecteur", "Thomas Connecteur", Role.TECHNICAL_REVIEWER, "it", "ORG-TAL"),
    ("fatou.conseil", "Fatou Conseil", Role.CONSULTANT, "external", "ORG-MER"),
    ("olivier.opere", "Olivier Opère", Role.DMP_OPERATOR, "external", "ORG-OPE"),
    ("basile.planning", "Basile Planning", Role.AGENCY, "external", "ORG-BOR"),
    ("lila.creation", "Lila Création", Role.CREATIVE, "external", "ORG-PIV"),
    ("anna.mesure", "Anna Mesure", Role.ANALYST, "data", "ORG-TAL"),
    ("yann.donnees", "Yann Données", Role.DATA_OWNER, "data", "ORG-TAL"),
    ("ines.digital", "Inès Digital", Role.DIGITAL_TOOLS_LEAD, "digital", "ORG-TAL"),
    ("victor.clause", "Victor Clause", Role.OBSERVER, "legal", "ORG-TAL"),
    ("alma.audit", "Alma Audit", Role.AUDITOR, "external", "ORG-AUD"),
]
OUTSIDE = {
    "ORG-MER": ("consultancy", "Cabinet Conseil Méridien", "none"),
    "ORG-OPE": ("operator_provider", "Opérateurs Associés", "processor"),
    "ORG-BOR": ("media_agency", "Agence Média Boréal", "processor"),
    "ORG-PIV": ("creative_agency", "Studio Création Pivoine", "none"),
    "ORG-AUD": ("consultancy", "Cabinet Contrôle Azur", "none"),
}


class Cast:
    """The programme and its people: `cast[Role.DPO]` by role, `cast.diane` by first name."""

    def __init__(self):
        self.admin = makers.administrator()
        self.by_role, self.by_name = {}, {}
        talvere = self.admin.organisation
        self.organisations = {"ORG-TAL": talvere} | {
            code: makers.organisation(code, kind, name=name) for code, (kind, name, _role) in OUTSIDE.items()
        }
        for key, name, role, department, organisation in PEOPLE:
            somebody = makers.person(key, self.organisations[organisation], department, name=name)
            self.by_name[key.split(".")[0]] = somebody
            self.by_role.setdefault(role, somebody)
        self.programme = makers.programme("TALV", sponsor=self.helene)
        for code, (_kind, _name, gdpr_role) in OUTSIDE.items():
            makers.engaged(
                self.programme,
                self.organisations[code],
                by=self.helene,
                gdpr_role=gdpr_role,
                agreement=gdpr_role != "none",
            )
        self.assignments = {"helene": self.programme.assignments.get()}
        for key, _name, role, _department, _organisation in PEOPLE[1:]:
            first = key.split(".")[0]
            self.assignments[first] = roles.assign(self.programme, self.by_name[first], role, by=self.helene)

    def __getitem__(self, role):
        return self.by_role[role]

    def __getattr__(self, name):
        try:
            return self.__dict__["by_name"][name]
        except KeyError:
            raise AttributeError(name) from None

    def newcomer(self, key, organisation="ORG-TAL", department="marketing", role=None, **fields):
        """One more person, in a role if asked; appointed by the sponsor."""
        somebody = makers.person(key, self.organisations[organisation], department, **fields)
        if role is not None:
            roles.assign(self.programme, somebody, role, by=self.helene)
        return somebody

    def in_phase(self, kind):
        """Walk the programme to a phase (see makers.in_phase)."""
        makers.in_phase(self.programme, kind)
        return self


_made = {}  # by day: the cast as it was made, and what its verbs wrote


@pytest.fixture
def cast(db):
    """One person per role. Verbs make them once a day and process; then what they wrote is written again.

    The database weighs every row again: its constraints, its triggers, the chain of its events.
    """
    key = (clock.today(), clock.setting())
    if key in _made:
        kept, written = _made[key]
        with connection.cursor() as cursor:
            cursor.execute(written)
        return pickle.loads(kept)
    with CaptureQueriesContext(connection) as captured:
        made = Cast()
    written = [one["sql"] for one in captured if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    _made[key] = pickle.dumps(made), "; ".join(written)
    return made
