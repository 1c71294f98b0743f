"""Messages to people: the row is the in-app notice and the outbox of the mail that follows."""

from __future__ import annotations

from django.db import models

from governance.keys import Keyed
from governance.programmes.models import Programme
from governance.stakeholders.models import Person


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages of people."""

    def to(self, person: Person) -> MessageQuerySet:
        """Keep those addressed to a person, newest first."""
        return self.filter(person=person).order_by("-at", "-id")

    def unread(self) -> MessageQuerySet:
        """Keep those not read yet."""
        return self.filter(read_at__isnull=True)


class Message(Keyed):
    """One thing told to one person, written in the transaction of what it tells.

    It is in the inbox from that moment; the mail is sent by a worker, at least once, under one
    Message-ID. `event` is the verb told (`review.signed`), `facts` what the sentence needs: the sentence
    is made in the reader's language when it is shown.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="messages")
    programme = models.ForeignKey(
        Programme, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    event = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32, default="", blank=True)
    subject_code = models.CharField(max_length=48, default="", blank=True)
    facts = models.JSONField(default=dict, blank=True)
    once = models.CharField(max_length=120, null=True, blank=True, unique=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="message_to_person", fields=["person", "-at"]),
            models.Index(name="message_to_mail", fields=["id"], condition=models.Q(mailed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_code}"
