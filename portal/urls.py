"""Routes: pages by programme, the API, sign-in, and what is public."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from portal import health
from portal.home import views as home

urlpatterns = [
    path("", include("portal.home.urls")),
    path("p/<str:programme>/", include("governance.web.urls")),
    path("p/<str:programme>/", include("usecases.web.urls")),
    path("api/v1/", include("portal.api_urls")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("language/", home.public(set_language), name="set_language"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
if settings.ADMIN_SITE:
    urlpatterns.append(path("admin/", admin.site.urls))
