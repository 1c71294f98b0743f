"""Routes of what is governed, under `p/<programme>/`."""

from django.urls import path

from usecases.web import backlog, drafts, segments, targets

app_name = "usecases"
urlpatterns = [
    path("use-cases/", backlog.index, name="list"),
    path("use-cases/new/", drafts.create, name="new"),
    path("use-cases/<str:code>/", backlog.show_usecase, name="usecase"),
    path("use-cases/<str:code>/compare/", backlog.compare, name="compare"),
    path("use-cases/<str:code>/frame/", drafts.frame, name="frame"),
    path("use-cases/<str:code>/revise/", drafts.revise, name="revise"),
    path("use-cases/<str:code>/edit/", drafts.edit, name="edit"),
    path("use-cases/<str:code>/segments/", drafts.pin, name="pin"),
    path("use-cases/<str:code>/segments/remove/", drafts.unpin, name="unpin"),
    path("use-cases/<str:code>/submit/", drafts.submit, name="submit"),
    path("use-cases/<str:code>/withdraw/", drafts.withdraw, name="withdraw"),
    path("use-cases/<str:code>/score/", drafts.score, name="score"),
    path("use-cases/<str:code>/schedule/", drafts.schedule, name="schedule"),
    path("use-cases/<str:code>/links/", drafts.link, name="link"),
    path("use-cases/<str:code>/links/remove/", drafts.unlink, name="unlink"),
    path("use-cases/<str:code>/pause/", drafts.pause, name="pause"),
    path("use-cases/<str:code>/resume/", drafts.resume, name="resume"),
    path("use-cases/<str:code>/stop/", drafts.stop, name="stop"),
    path("use-cases/<str:code>/targets/new/", targets.new, name="target_new"),
    path("use-cases/<str:code>/targets/<str:target>/close/", targets.close, name="target_close"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segments.create, name="segment_new"),
    path("segments/check/", segments.check, name="segment_check"),
    path("segments/<str:code>/", segments.show_segment, name="segment"),
    path("segments/<str:code>/edit/", segments.edit, name="segment_edit"),
    path("segments/<str:code>/revise/", segments.revise, name="segment_revise"),
    path("segments/<str:code>/<int:number>/estimate/", segments.estimate, name="segment_estimate"),
    path("segments/<str:code>/<int:number>/freeze/", segments.freeze, name="segment_freeze"),
    path("segments/<str:code>/<int:number>/deprecate/", segments.deprecate, name="segment_deprecate"),
]
