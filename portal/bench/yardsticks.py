"""Yardsticks: the least that a list, a detail, a write and a page cost with the same libraries.

Own tables, own addresses, no middleware: the newest fifty rows that a role lets a person read, owner and
programme by name. They share the portal's process, database and pool, so that ratios compare like with like.
The models have a registry of their own: the portal never sees them.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import orjson
from django.apps.registry import Apps
from django.core.handlers.wsgi import WSGIHandler
from django.db import models, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test.utils import override_settings
from django.urls import path
from rest_framework import generics, pagination, renderers, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.database import SITE

TABLES = f"""
CREATE TABLE bench_programme AS SELECT id, name_fr AS name FROM programmes_programme;
CREATE TABLE bench_person AS SELECT id, display_name AS username FROM stakeholders_person;
CREATE TABLE bench_role AS SELECT id, person_id, programme_id, role FROM roles_roleassignment;
CREATE TABLE bench_token (key text PRIMARY KEY, person_id uuid);
CREATE TABLE bench_usecase AS
  SELECT d.id, d.code || '/' || d.id AS key, d.name_fr AS title,
    repeat('Description of the use case. ', 8) AS description,
    u.status::text AS status, 'build' AS phase, 1 + row_number() OVER () % 5 AS priority,
    row_number() OVER () % 100 AS risk_score, 'email' AS channel, jsonb_build_array('t1', 't2') AS tags,
    d.programme_id, u.owner_id, u.changed_at AS created, u.changed_at AS updated
  FROM backlog_usecase u JOIN dossiers_dossier d ON d.id = u.dossier_id;
CREATE TABLE bench_row
  (id uuid PRIMARY KEY, use_case uuid, actor_id uuid, action text, data jsonb, at timestamptz);
ALTER TABLE bench_programme ADD PRIMARY KEY (id);
ALTER TABLE bench_person ADD PRIMARY KEY (id);
ALTER TABLE bench_role ADD PRIMARY KEY (id);
ALTER TABLE bench_usecase ADD PRIMARY KEY (id), ADD UNIQUE (key);
CREATE INDEX ON bench_role (person_id, programme_id);
CREATE INDEX ON bench_usecase (created DESC, id DESC);
CREATE INDEX ON bench_usecase (programme_id, created DESC, id DESC);
CREATE INDEX ON bench_row (use_case);
GRANT SELECT ON bench_programme, bench_person, bench_role, bench_token TO {SITE};
GRANT SELECT, INSERT, UPDATE ON bench_usecase, bench_row TO {SITE};
"""
SHOWN = [
    "id",
    "key",
    "title",
    "status",
    "phase",
    "priority",
    "risk_score",
    "channel",
    "tags",
    "created",
    "updated",
]
CELLS = {
    "Key": '<a href="/use-cases/{{ r.id }}/">{{ r.key }}</a>',
    "Title": "{{ r.title }}",
    "Status": "{{ r.status }}",
    "Phase": "{{ r.phase }}",
    "Priority": "{{ r.priority }}",
    "Risk": "{{ r.risk_score }}",
    "Channel": "{{ r.channel }}",
    "Tags": '{{ r.tags|join:", " }}',
    "Programme": "{{ r.programme.name }}",
    "Owner": "{{ r.owner.username }}",
    "Created": '{{ r.created|date:"Y-m-d H:i" }}',
    "Updated": '{{ r.updated|date:"Y-m-d H:i" }}',
}
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Use cases</title></head><body>'
    "<p>{{ count }} use cases</p><table><thead><tr>"
    + "".join(f"<th>{title}" for title in CELLS)
    + "</tr></thead><tbody>{% for r in rows %}<tr>"
    + "".join(f"<td>{cell}</td>" for cell in CELLS.values())
    + "</tr>{% endfor %}</tbody></table></body></html>"
)
bench = Apps()


# ---------------------------------------------------------------- tables
class Row(models.Model):
    """A row of a table of the yardsticks."""

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        abstract = True


class Programme(Row):
    """A programme, by name."""

    id = models.UUIDField(primary_key=True)
    name = models.TextField()

    class Meta:
        apps, app_label, db_table, managed = bench, "bench", "bench_programme", False

    def __str__(self) -> str:
        return self.name


class Person(Row):
    """A person, by name."""

    id = models.UUIDField(primary_key=True)
    username = models.TextField()
    is_authenticated = True

    class Meta:
        apps, app_label, db_table, managed = bench, "bench", "bench_person", False

    def __str__(self) -> str:
        return self.username


class Token(Row):
    """A key."""

    key = models.TextField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)

    class Meta:
        apps, app_label, db_table, managed = bench, "bench", "bench_token", False

    def __str__(self) -> str:
        return self.key


class Held(Row):
    """A person in a role."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE)
    role = models.TextField()

    class Meta:
        apps, app_label, db_table, managed = bench, "bench", "bench_role", False

    def __str__(self) -> str:
        return self.role


class UseCase(Row):
    """One row of a list: fourteen shown columns, two of them names of other rows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.TextField(unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(default="")
    status = models.CharField(max_length=20, default="draft")
    phase = models.CharField(max_length=20, default="discover")
    priority = models.IntegerField(default=3)
    risk_score = models.IntegerField(default=0)
    channel = models.CharField(max_length=20, default="email")
    tags = models.JSONField(default=list)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        apps, app_label, db_table, managed = bench, "bench", "bench_usecase", False
        ordering: ClassVar = ["-created", "-id"]

    def __str__(self) -> str:
        return self.key


class Trace(Row):
    """One row of an audit without a chain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    use_case = models.UUIDField()
    actor = models.ForeignKey(Person, on_delete=models.PROTECT)
    action = models.TextField()
    data = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        apps, app_label, db_table, managed = bench, "bench", "bench_row", False

    def __str__(self) -> str:
        return self.action


# ---------------------------------------------------------------- plain views
def allowed(found: models.QuerySet[UseCase], person: Any) -> models.QuerySet[UseCase]:
    """Keep those of programmes in which the person holds any role."""
    return found.filter(programme__in=Held.objects.filter(person=person).values("programme"))


def asker(request: HttpRequest) -> Any:
    """Who asks, by their key."""
    return Token.objects.values_list("person_id", flat=True).get(key=request.headers["Authorization"][7:])


def values_role(request: HttpRequest) -> HttpResponse:
    """The newest fifty and their count, by `.values()` and orjson."""
    found = allowed(UseCase.objects.all(), asker(request))
    count = found.count()
    rows = found.values(
        *SHOWN, "programme_id", "owner_id", pname=F("programme__name"), oname=F("owner__username")
    )
    return HttpResponse(
        orjson.dumps({"count": count, "results": list(rows[:50])}), content_type="application/json"
    )


def html(request: HttpRequest) -> HttpResponse:
    """The newest fifty through a bare template, twelve cells a row."""
    found = allowed(UseCase.objects.select_related("programme", "owner"), asker(request))
    count = found.count()
    return HttpResponse(TEMPLATE.render({"rows": found[:50], "count": count}))


TEMPLATE = engines["django"].from_string(PAGE)


# ---------------------------------------------------------------- views of the REST framework
class ByKey(BaseAuthentication):
    """Reads the key with its person."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """Find who asks."""
        token = Token.objects.select_related("person").get(key=request.headers["Authorization"][7:])
        return token.person, token


class Bare(APIView):
    """What the framework does by itself."""

    authentication_classes = (ByKey,)
    permission_classes = (IsAuthenticated,)
    renderer_classes = (renderers.JSONRenderer,)


class Fifty(pagination.PageNumberPagination):
    """Pages of fifty, with their count."""

    page_size = 50


class ProgrammeRef(serializers.ModelSerializer[Programme]):
    """A programme, nested."""

    class Meta:
        model = Programme
        fields: ClassVar = ["id", "name"]


class PersonRef(serializers.Serializer[Person]):
    """A person, nested."""

    id = serializers.UUIDField()
    username = serializers.CharField()


class UseCaseSerializer(serializers.ModelSerializer[UseCase]):
    """A row with its two names."""

    programme = ProgrammeRef(read_only=True)
    owner = PersonRef(read_only=True)

    class Meta:
        model = UseCase
        fields: ClassVar = [*SHOWN, "programme", "owner"]


class Writing(serializers.ModelSerializer[UseCase]):
    """What a create asks."""

    class Meta:
        model = UseCase
        fields: ClassVar = [
            "id", "key", "title", "description", "status", "phase", "priority", "channel", "tags",
            "programme",
        ]  # fmt: skip


class DrfRole(Bare, generics.ListAPIView[UseCase]):
    """The newest fifty, by a model serializer with two nested ones."""

    serializer_class = UseCaseSerializer
    pagination_class = Fifty

    def get_queryset(self) -> models.QuerySet[UseCase]:
        """Those that a role lets the person read."""
        return allowed(UseCase.objects.select_related("programme", "owner"), self.request.user)


class Detail(Bare, generics.RetrieveAPIView[UseCase]):
    """One row."""

    serializer_class = UseCaseSerializer

    def get_queryset(self) -> models.QuerySet[UseCase]:
        """Those that a role lets the person read."""
        return allowed(UseCase.objects.select_related("programme", "owner"), self.request.user)


class Create(Bare, generics.CreateAPIView[UseCase]):
    """A row made, with one check of rights and one row of audit."""

    serializer_class = Writing
    queryset = UseCase.objects.all()

    @transaction.atomic
    def perform_create(self, serializer: serializers.BaseSerializer[UseCase]) -> None:
        """Check, write, trace."""
        person: Any = self.request.user
        if not Held.objects.filter(person=person, programme=serializer.validated_data["programme"]).exists():
            self.permission_denied(self.request)
        made = serializer.save(owner=person)
        data = orjson.loads(orjson.dumps({name: str(value) for name, value in serializer.data.items()}))
        Trace.objects.create(use_case=made.id, actor=person, action="create", data=data)


class Transition(Bare):
    """A change of state under a row lock, with one row of audit: the least that a signature can be."""

    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Lock, change, trace."""
        person: Any = request.user
        with transaction.atomic():
            row = allowed(UseCase.objects.select_for_update(of=("self",)), person).get(pk=pk)
            before, row.status = row.status, "approved" if row.status != "approved" else "draft"
            row.save(update_fields=["status", "updated"])
            Trace.objects.create(
                use_case=row.pk, actor=person, action="transition", data={"from": before, "to": row.status}
            )
        return Response({"status": row.status})


urlpatterns = [
    path("values-role", values_role),
    path("drf-role", DrfRole.as_view()),
    path("html", html),
    path("detail/<uuid:pk>", Detail.as_view()),
    path("create", Create.as_view()),
    path("transition/<uuid:pk>", Transition.as_view()),
]


def at_own_addresses(get_response: Any) -> Any:
    """Route to the yardsticks; all the middleware they have."""

    def routed(request: Any) -> Any:
        request.urlconf = __name__
        return get_response(request)

    return routed


def application() -> WSGIHandler:
    """The yardsticks as a site of their own, beside the portal's in one process."""
    with override_settings(MIDDLEWARE=[f"{__name__}.at_own_addresses"]):
        return WSGIHandler()
