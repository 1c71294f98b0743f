"""What happens around every request: its id, who asks, in which language, for how long, and what is kept."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.translation.trans_real import parse_accept_lang_header

from governance.audit import trail
from governance.clock import wall

Handler = Callable[[HttpRequest], HttpResponse]
STARTED_AT, USED_AT = "started_at", "used_at"
NOTED_EVERY = dt.timedelta(minutes=1)


class RequestId:
    """Names each request, so that an event, a refusal and a log line can be put side by side."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the id for the trail and tell it to the client."""
        name = str(uuid.uuid4())
        kept = trail.request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            trail.request_id.reset(kept)
        response["X-Request-ID"] = name
        return response


class Bounds:
    """Turns away, before anything is read, methods that no page has and bodies that no page reads.

    The API says the same in its own words (`governance.api.base`).
    """

    methods = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 405 or 413 at once."""
        if request.path_info.startswith("/api/"):
            return self.get_response(request)
        if request.method not in self.methods:
            return HttpResponseNotAllowed(self.methods)
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        form = str(request.content_type).startswith("multipart/")
        most = settings.LARGEST_UPLOAD if form else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not length.isdecimal() or len(length) > 12 or int(length) > most:
            return render(request, "413.html", status=413)
        return self.get_response(request)


class SessionLimits:
    """Ends a session twelve hours after it began, however busy it is, or thirty minutes after its last use.

    The last use is noted once a minute at most: a session never outlives its half hour, and a page that
    only reads writes nothing.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Sign out what is too old, by the wall clock."""
        if request.user.is_authenticated and request.COOKIES.get(settings.SESSION_COOKIE_NAME):
            now, session = wall(), request.session
            began, used = session.setdefault(STARTED_AT, now.isoformat()), session.get(USED_AT)
            if now - dt.datetime.fromisoformat(began) > settings.SESSION_ABSOLUTE_AGE:
                logout(request)
            elif used is None or not dt.timedelta() <= now - dt.datetime.fromisoformat(used) < NOTED_EVERY:
                session[USED_AT] = now.isoformat()
        return self.get_response(request)


class WhoAsks:
    """Gives the request its person, and the language to answer in.

    Pages: the language chosen on the page, else the person's, else French. The API: the one asked for.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Find the person and activate the language."""
        request.person = getattr(request.user, "person", None)  # read with the account
        if request.path_info.startswith("/api/"):
            language = asked_language(request.headers.get("Accept-Language", ""))
        else:
            chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
            fallback = request.person.locale if request.person else settings.LANGUAGE_CODE
            language = chosen if chosen in dict(settings.LANGUAGES) else fallback
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            if (
                isinstance(response, SimpleTemplateResponse) and not response.is_rendered
            ):  # in the reader's language
                response = response.render()
        response["Content-Language"] = language
        return response


def asked_language(header: str) -> str:
    """The first language asked for that the portal speaks; no cookie, for a program has no page."""
    for code, _weight in parse_accept_lang_header(header[:500].lower()):
        if (short := code.partition("-")[0]) in dict(settings.LANGUAGES):
            return short
    return settings.LANGUAGE_CODE


class OnlyOnce:
    """Shows the first result where the same form is sent twice, as by a double click (trust.md D9).

    Each form that is drawn carries a token of its own, so the same bytes from the same person are the same
    sending. Only what ended in a redirect is remembered: a form that was refused may be sent again.
    """

    in_hand_s = 30
    kept_s = 600

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the first sending, and point each other one to what came of it."""
        if request.method != "POST" or request.path_info.startswith("/api/") or request.user.is_anonymous:
            return self.get_response(request)
        if "csrfmiddlewaretoken" not in request.POST:
            return self.get_response(request)
        name = self._name(request)
        while not cache.add(name, "", self.in_hand_s):
            if first := cache.get(name):
                return HttpResponseRedirect(first)
            time.sleep(0.05)
        came_to = ""
        try:
            response = self.get_response(request)
            came_to = response.headers.get("Location", "") if response.status_code == 302 else ""
        finally:
            if came_to:
                cache.set(name, came_to, self.kept_s)
            else:
                cache.delete(name)
        return response

    def _name(self, request: HttpRequest) -> str:
        said = [(field, request.POST.getlist(field)) for field in sorted(request.POST)]
        files = [
            (field, file.name, file.size)
            for field in sorted(request.FILES)
            for file in request.FILES.getlist(field)
        ]
        sent = repr((str(request.user.pk), request.get_full_path(), said, files))
        return "once:" + salted_hmac("portal.middleware.OnlyOnce", sent, algorithm="sha256").hexdigest()


class NotKept:
    """Keeps pages of signed-in people out of every cache, and parts apart from whole pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Say that nothing is stored."""
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        if request.user.is_authenticated or request.path_info.startswith("/api/"):
            response["Cache-Control"] = "private, no-store"
        return response
