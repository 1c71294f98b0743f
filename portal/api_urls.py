"""Routes of the API: sessions and me, resources of a programme, the schema; all else is a 404 of the API."""

from csp.decorators import csp_update
from django.http import Http404
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from governance.api.base import Endpoint
from portal.home import api as home


@extend_schema(exclude=True)
class Nowhere(Endpoint):
    """Any other address: whoever is signed in hears the same 404 as for what is hidden."""

    def resolve(self, **address: str) -> None:
        """Find nothing."""
        raise Http404


# The icons of these pages are written into their style sheet as data.
docs = csp_update({"img-src": ["data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="portal/api.html")
)

urlpatterns = [
    path("", include("governance.api.urls")),
    path("", include("usecases.api.urls")),
    path("me/todo/", home.Todo.as_view()),
    path("programmes/", home.Programmes.as_view()),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("<path:rest>", Nowhere.as_view()),
]
