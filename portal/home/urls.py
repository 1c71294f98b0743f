"""Routes of what belongs to a person rather than to a programme."""

from django.urls import path

from portal.home import views

app_name = "portal"
urlpatterns = [
    path("", views.todo, name="home"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices_read"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:token>/revoke/", views.token_revoke, name="token_revoke"),
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/new/", views.found, name="found"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<uuid:user>/", views.account_state, name="account_state"),
]
