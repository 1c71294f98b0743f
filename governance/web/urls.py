"""Routes of governance, under `p/<programme>/`."""

from django.urls import path

from governance.web import conditions, evidence, gates, journal, people, programme, reviews, shares

app_name = "governance"
urlpatterns = [
    path("", programme.show_programme, name="programme"),
    path("frame/", programme.edit, name="programme_edit"),
    path("objectives/new/", programme.objective_new, name="objective_new"),
    path("objectives/<str:code>/validate/", programme.objective_validate, name="objective_validate"),
    path("gates/", gates.index, name="gates"),
    path("gates/<str:code>/", gates.show_gate, name="gate"),
    path("gates/<str:code>/prepare/", gates.prepare, name="gate_prepare"),
    path("gates/<str:code>/attest/<str:criterion>/", gates.attest, name="gate_attest"),
    path("gates/<str:code>/submit/", gates.submit, name="gate_submit"),
    path("gates/<str:code>/withdraw/", gates.withdraw, name="gate_withdraw"),
    path("gates/<str:code>/sign/", gates.sign, name="gate_sign"),
    path("gates/<str:code>/<int:attempt>/", gates.past, name="gate_review"),
    path("reviews/", reviews.index, name="reviews"),
    path("reviews/<str:code>/<int:number>/<str:function>/", reviews.show_review, name="review"),
    path("reviews/<str:code>/<int:number>/<str:function>/take/", reviews.take, name="review_take"),
    path("reviews/<str:code>/<int:number>/<str:function>/sign/", reviews.sign, name="review_sign"),
    path("reviews/<str:code>/<int:number>/<str:function>/again/", reviews.ask_again, name="review_again"),
    path("reviews/<str:code>/<int:number>/<str:function>/revoke/", reviews.revoke, name="review_revoke"),
    path("conditions/<str:code>/", conditions.show_condition, name="condition"),
    path("conditions/<str:code>/evidence/", conditions.submit_evidence, name="condition_evidence"),
    path("conditions/<str:code>/verify/", conditions.verify, name="condition_verify"),
    path("conditions/<str:code>/refuse/", conditions.refuse, name="condition_refuse"),
    path("conditions/<str:code>/waive/", conditions.waive, name="condition_waive"),
    path("evidence/<str:code>/", evidence.download, name="evidence"),
    path("dossiers/<str:code>/shares/", shares.shares, name="shares"),
    path("dossiers/<str:code>/shares/end/", shares.share_end, name="share_end"),
    path("people/", people.index, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/organisations/new/", people.organisation_new, name="organisation_new"),
    path("people/assign/", people.assign, name="assign"),
    path("people/assignments/<uuid:assignment>/end/", people.assignment_end, name="assignment_end"),
    path("people/delegations/", people.delegations, name="delegations"),
    path("people/delegations/<str:code>/answer/", people.delegation_answer, name="delegation_answer"),
    path("people/delegations/<str:code>/end/", people.delegation_end, name="delegation_end"),
    path("people/<str:name>/", people.show_person, name="person"),
    path("journal/", journal.index, name="journal"),
    path("journal/verify/", journal.verify, name="journal_verify"),
    path("journal/refusals/", journal.refused, name="journal_refusals"),
    path("journal/<int:seq>/", journal.show_event, name="journal_event"),
]
