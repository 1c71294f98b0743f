"""Messages, to be read: what waits, what was mailed."""

from django.contrib import admin

from governance.audit.admin import Read
from governance.notices.models import Message


@admin.register(Message)
class MessageAdmin(Read):
    list_display = ("at", "person", "event", "subject_code", "attempts", "mailed_at", "read_at")
    list_filter = ("event", ("mailed_at", admin.EmptyFieldListFilter))
