"""Sample data for every component, in both languages: what tests/portal/test_look.py draws."""

import datetime as dt
from types import SimpleNamespace

from django import forms
from django.utils.translation import get_language

from governance import clock
from governance.errors import NotAllowed, NotPossible
from governance.evidence.choices import Confidentiality, EvidenceKind
from governance.evidence.models import Evidence
from governance.stakeholders.models import Person
from portal.templatetags.states import LOOKS

NOW = dt.datetime(2026, 11, 16, 14, 12, tzinfo=clock.PARIS)
FINGERPRINT = "8521ba502bebaa010e5f3e648f1135970794edf573294d2975fcfa9e8324e224f"[:64]


def said(french, english):
    """The French words in French, the English ones otherwise."""
    return french if get_language() == "fr" else english


class EditForm(forms.Form):
    """One field of each kind, bound with errors."""

    title = forms.CharField(label="Titre", max_length=10, help_text="Dix signes.")
    story = forms.CharField(label="Récit", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    owner = forms.ChoiceField(label="Responsable", choices=[("a", "Mehdi Média"), ("b", "Chloé Client")])
    due_on = forms.DateField(label="Échéance", widget=forms.DateInput(attrs={"type": "date"}))
    channels = forms.MultipleChoiceField(
        label="Canaux", choices=[("email", "E-mail"), ("sms", "SMS")], widget=forms.CheckboxSelectMultiple
    )
    effect = forms.ChoiceField(
        label="Effet", choices=[("x", "Bloque"), ("y", "Suit")], widget=forms.RadioSelect
    )
    segments = forms.MultipleChoiceField(label="Segments", choices=[("1", "SEG-01"), ("2", "SEG-02")])
    agreed = forms.BooleanField(label="J’ai relu la notice")


class SigningForm(forms.Form):
    """What the signing panel asks."""

    comment = forms.CharField(
        label="Commentaire visible de tous", widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    password = forms.CharField(
        label="Votre mot de passe",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Demandé à chaque signature ; il prouve que c’est vous.",
    )


def frame():
    """The frame as portal.frame gives it, for a legal reviewer."""
    rooms = [
        ("todo", "inbox", said("À faire", "To do"), 5, False),
        ("programme", "programme", "Programme", None, False),
        ("use_cases", "uc", said("Cas d’usage", "Use cases"), None, True),
        ("segments", "segment", "Segments", None, False),
        ("reviews", "review", said("Revues", "Reviews"), 2, False),
        ("gates", "gate", said("Jalons", "Gates"), None, False),
        ("people", "people", said("Acteurs", "People"), None, True),
        ("journal", "journal", "Journal", None, False),
    ]
    return {
        "person": SimpleNamespace(display_name="Aude Juriste", email="aude.juriste@talvere.example"),
        "role": said("Relectrice juridique", "Legal reviewer"),
        "programme": {"code": "TAL", "name": "Talvère Maison", "url": "#"},
        "programmes": [
            {"code": "TAL", "name": "Talvère Maison", "url": "#"},
            {"code": "FID", "name": "Fidélité 360", "url": "#"},
        ],
        "nav": [
            {"key": key, "url": f"#{key}", "icon": icon, "label": label, "count": count, "sep": sep}
            for key, icon, label, count, sep in rooms
        ],
        "phases": phases(),
        "gate": {
            "url": "#",
            "code": "G3",
            "text": said("9 critères sur 14, 2 points durs", "9 criteria of 14, 2 hard ones"),
        },
        "notices": 4,
        "todo": 5,
        "demo_today": dt.date(2026, 11, 16),
        "language_other": {"code": said("en", "fr"), "label": said("English", "Français")},
    }


def phases():
    """Four phases, the third under way."""
    return [
        {
            "label": said("Cadrage", "Framing"),
            "state": "done",
            "detail": "",
            "gate": said("G1 franchi", "G1 passed"),
            "dates": said("15 janv. au 9 avril", "15 Jan. to 9 April"),
            "chip": {"state": "closed", "kind": "phase"},
        },
        {
            "label": "Set-up",
            "state": "done",
            "detail": "",
            "gate": said("G2 franchi", "G2 passed"),
            "dates": said("10 avril au 27 août", "10 April to 27 Aug."),
            "chip": {"state": "closed", "kind": "phase"},
        },
        {
            "label": "Test & learn",
            "state": "now",
            "detail": said("jour 81 sur 183", "day 81 of 183"),
            "progress": 44,
            "gate": said("G3 à franchir", "G3 to pass"),
            "dates": said("28 août au 26 février 2027", "28 Aug. to 26 Feb. 2027"),
            "chip": {"state": "gate_pending", "kind": "phase"},
        },
        {
            "label": "Run",
            "state": "next",
            "detail": "",
            "dates": said("à partir du 1er mars 2027", "from 1 March 2027"),
        },
    ]


CAST = [
    {
        "label": "Décider",
        "people": [
            {"name": "Hélène Marque", "email": "helene.marque@talvere.example", "role": "Sponsor, marketing"}
        ],
    },
    {
        "label": "Donner un avis",
        "people": [{"name": "Aude Juriste", "email": "aude.juriste@talvere.example", "role": "Juridique"}],
    },
]


def sample():
    """Everything that gallery.html draws."""
    late = dt.date(2026, 9, 30)
    objection = NotAllowed(
        said("Qui en a écrit une partie ne signe pas.", "Whoever wrote a part of it cannot sign it."),
        code="SOD-01",
        who_can=["Victor Clause"],
        since=dt.date(2026, 11, 13),
    )
    refusal = NotPossible(
        said("La révision a changé pendant votre lecture.", "The revision changed while you were reading."),
        code="stale_revision",
        who_can=[said("vous, en relisant", "you, by reading again")],
        since=NOW - dt.timedelta(minutes=6),
        others=[
            objection,
            NotPossible(said("Une question reste sans réponse.", "A question has no answer."), code="INV-17"),
        ],
    )
    edit = EditForm({"title": "Bien trop long", "owner": "a", "channels": ["email"], "segments": ["1"]})
    edit.is_valid()
    facets = [
        {
            "label": said("Canaux", "Channels"),
            "state": "changed",
            "summary": said("1 canal retiré", "1 channel removed"),
            "rows": [
                {"label": said("Canaux", "Channels"), "was": ["E-mail", "SMS"], "now": ["E-mail", "Push"]}
            ],
            "note": said("La pression e-mail reste respectée.", "The e-mail pressure rule still holds."),
        },
        {
            "label": "Audience",
            "state": "same",
            "summary": said("même empreinte", "same fingerprint"),
            "rows": [],
        },
    ]
    functions = [
        {
            "code": "legal",
            "label": said("Juridique", "Legal"),
            "state": "valid",
            "person": "Aude Juriste",
            "detail": said("jusqu’au 27 octobre 2027", "until 27 October 2027"),
            "url": "#",
        },
        {
            "code": "dpo",
            "label": "DPO",
            "state": "missing",
            "detail": said("demandé à Diane Protection", "asked of Diane Protection"),
        },
        {
            "code": "security",
            "label": said("Sécurité", "Security"),
            "state": "negative",
            "detail": "Simon Rempart",
        },
        {
            "code": "technical",
            "label": said("Technique", "Technical"),
            "state": "blocked",
            "detail": said("une réserve à lever", "a condition to lift"),
        },
        {"code": "sponsor", "label": "Sponsor", "state": "waiting", "word": said("1 sur 2", "1 of 2")},
    ]
    return {
        "section": "reviews",
        "words": {
            "title": said("Prévention de l’attrition", "Churn prevention"),
            "room": said("Revues", "Reviews"),
            "lede": said("Chloé Client demande votre avis.", "Chloé Client asks for your opinion."),
            "open": said("Dossier complet", "Whole file"),
            "sign": said("Aller à la signature", "Go to the signature"),
            "changes": said("Ce qui a changé", "What changed"),
            "was": said("Signé, révision 2", "Signed, revision 2"),
            "now": said("Proposé, révision 3", "Proposed, revision 3"),
            "questions": "Questions",
            "phases": "Phases",
            "question": said("Chaque finalité est-elle nécessaire ?", "Is each purpose needed?"),
            "states": said("États", "States"),
            "list": said("Cas d’usage", "Use cases"),
            "owner": said("Responsable", "Owner"),
            "budget": "Budget",
            "note": said("Équipe cœur", "Core team"),
            "form": said("Formulaire", "Form"),
            "someone": "Chloé Client",
            "save": said("Garder en brouillon", "Keep as a draft"),
            "refuse": said("Refuser", "Refuse"),
            "sure": said("Refuser la révision 3 ?", "Refuse revision 3?"),
            "submit": said("Soumettre", "Submit"),
            "empty": said("Aucune note", "No note"),
            "why": said(
                "Une note dit ce qu’une donnée signifie vraiment.", "A note says what a datum really means."
            ),
            "first": said("Écrire la première", "Write the first"),
            "library": said("Partir de la bibliothèque", "Start from the library"),
            "withdraw": said("Retirer ma demande", "Withdraw my request"),
            "signature": said("Votre avis", "Your opinion"),
            "sentence": said(
                "« Moi, Aude Juriste, ai examiné les finalités de la révision 3 d’UC-06, et les approuve. »",
                "“I, Aude Juriste, have read the purposes of revision 3 of UC-06, and approve them.”",
            ),
        },
        "sample_day": dt.date(2026, 11, 13),
        "past": dt.date(2026, 11, 10),
        "late": late,
        "future": dt.date(2026, 11, 27),
        "at": NOW,
        "refusal": refusal,
        "objection": objection,
        "functions": functions,
        "facets": facets,
        "proof": {
            "proves": said("Le bilan d’intérêts", "The balance of interests"),
            "readable": False,
            "is_new": True,
            "evidence": Evidence(
                code="EV-0003",
                title="Bilan 2026",
                kind=EvidenceKind.DOCUMENT,
                confidentiality=Confidentiality.RESTRICTED,
                added_by=Person(display_name="Chloé Client"),
                added_at=NOW,
                sha256="sha256:" + "0a" * 32,
            ),
        },
        "track": phases(),
        "tabs": [
            {"url": "#t1", "label": said("Vue d’ensemble", "Overview"), "current": True},
            {"url": "#t2", "label": said("Avis", "Reviews"), "count": 3},
            {"url": "#t3", "label": said("Historique", "History")},
        ],
        "answers": [
            ("yes", said("Oui", "Yes")),
            ("no", said("Non", "No")),
            ("na", said("Sans objet", "Not applicable")),
        ],
        "states": [(kind, state) for kind, table in LOOKS.items() for state in table],
        "rows": [
            {
                "code": "UC-01",
                "title": said("Exclusion des convertis", "Converted people left out"),
                "owner": "Mehdi Média",
                "budget": 240000,
            },
            {
                "code": "UC-02",
                "title": said("Relance de panier", "Basket reminder"),
                "owner": "Inès Digital",
                "budget": 24000,
            },
        ],
        "conflicts": [{"name": "budget", "label": "Budget", "mine": "40 000 €", "theirs": "32 000 €"}],
        "form": edit,
        "hidden": {"version": 3},
        "fingerprint": FINGERPRINT,
        "tally": {
            "ok": True,
            "text": said("6 réponses sur 6, aucune ne bloque", "6 answers of 6, none blocks"),
        },
        "signing": SigningForm(),
        "verbs": [
            {
                "name": "decision",
                "value": "approve",
                "label": said("Signer", "Sign"),
                "icon": "review",
                "kind": "primary",
            },
            {
                "name": "decision",
                "value": "approve_with_conditions",
                "label": said("Signer avec réserve", "Sign with conditions"),
            },
            {"name": "decision", "value": "reject", "label": said("Refuser", "Refuse"), "kind": "refuse"},
        ],
    }
