"""Routes of what is governed, under `programmes/<programme>/`."""

from django.urls import include, path

from usecases.api import backlog, catalogue, kpis, segments

of_a_programme = [
    path("use-cases/", backlog.UseCases.as_view()),
    path("use-cases/<str:code>/", backlog.OneUseCase.as_view()),
    path("use-cases/<str:code>/frame/", backlog.FrameUseCase.as_view()),
    path("use-cases/<str:code>/pause/", backlog.PauseUseCase.as_view()),
    path("use-cases/<str:code>/resume/", backlog.ResumeUseCase.as_view()),
    path("use-cases/<str:code>/stop/", backlog.StopUseCase.as_view()),
    path("use-cases/<str:code>/score/", backlog.ScoreUseCase.as_view()),
    path("use-cases/<str:code>/schedule/", backlog.ScheduleUseCase.as_view()),
    path("use-cases/<str:code>/dependencies/", backlog.Dependencies.as_view()),
    path("use-cases/<str:code>/dependencies/end/", backlog.EndDependency.as_view()),
    path("use-cases/<str:code>/standing/", backlog.UseCaseStanding.as_view()),
    path("use-cases/<str:code>/revisions/", backlog.Revisions.as_view()),
    path("use-cases/<str:code>/revisions/<int:number>/", backlog.OneRevision.as_view()),
    path("use-cases/<str:code>/revisions/<int:number>/submit/", backlog.SubmitRevision.as_view()),
    path("use-cases/<str:code>/revisions/<int:number>/withdraw/", backlog.WithdrawRevision.as_view()),
    path("use-cases/<str:code>/revisions/<int:number>/diff/", backlog.RevisionDifference.as_view()),
    path("segments/", segments.Segments.as_view()),
    path("segments/check/", segments.CheckRule.as_view()),
    path("segments/<str:code>/", segments.OneSegment.as_view()),
    path("segments/<str:code>/versions/", segments.Versions.as_view()),
    path("segments/<str:code>/versions/<int:number>/", segments.OneVersion.as_view()),
    path("segments/<str:code>/versions/<int:number>/freeze/", segments.FreezeVersion.as_view()),
    # Freezing asks the reviews at once (L9): both names do the same.
    path("segments/<str:code>/versions/<int:number>/submit/", segments.FreezeVersion.as_view()),
    path("segments/<str:code>/versions/<int:number>/deprecate/", segments.DeprecateVersion.as_view()),
    path("segments/<str:code>/versions/<int:number>/estimates/", segments.Estimates.as_view()),
    path("kpis/", kpis.Kpis.as_view()),
    path("kpis/<str:code>/", kpis.OneKpi.as_view()),
    path("kpi-targets/", kpis.Targets.as_view()),
    path("kpi-targets/<str:code>/", kpis.OneTarget.as_view()),
    path("kpi-targets/<str:code>/baseline/", kpis.GiveBaseline.as_view()),
    path("kpi-targets/<str:code>/tie/", kpis.TieTarget.as_view()),
    path("kpi-targets/<str:code>/close/", kpis.CloseTarget.as_view()),
    path("sources/", catalogue.Sources.as_view()),
    path("sources/<str:code>/", catalogue.OneSource.as_view()),
    path("sources/<str:code>/owner/", catalogue.OwnSource.as_view()),
    path("attributes/", catalogue.Attributes.as_view()),
    path("attributes/<str:code>/", catalogue.OneAttribute.as_view()),
    path("catalogue/", catalogue.Catalogues.as_view()),
    path("destinations/", catalogue.Destinations.as_view()),
    path("knowledge-notes/", catalogue.Notes.as_view()),
    path("knowledge-notes/<uuid:id>/", catalogue.OneNote.as_view()),
    path("knowledge-notes/<uuid:id>/confirm/", catalogue.ConfirmNote.as_view()),
    path("knowledge-notes/<uuid:id>/reject/", catalogue.RejectNote.as_view()),
    path("usage-policies/", catalogue.UsagePolicies.as_view()),
]
urlpatterns = [path("programmes/<str:programme>/", include(of_a_programme))]
