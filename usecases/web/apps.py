"""Names this app apart from its namesake."""

from django.apps import AppConfig


class Web(AppConfig):
    """The pages of what is governed."""

    name = "usecases.web"
    label = "usecases_web"

    def ready(self) -> None:
        """Tell the journal how these rooms call what they record."""
        from governance.web import recorded
        from usecases.backlog import choices as backlog
        from usecases.backlog.models import UseCaseRevision
        from usecases.catalogue import choices as catalogue
        from usecases.kpis import choices as kpis
        from usecases.segments import choices as segments
        from usecases.segments.models import Segment, SegmentVersion

        recorded.know(
            UseCaseRevision,
            SegmentVersion,
            Segment,
            kind=[kpis.TargetKind, backlog.DependencyKind],
            method=[segments.EstimationMethod],
            role=[segments.SegmentRole],
            severity=[catalogue.Severity],
        )
