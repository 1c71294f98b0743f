"""Users, tokens and idempotency keys."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from governance.keys import Keyed


class UserManager(BaseUserManager["User"]):
    """Makes users whose name is their e-mail."""

    def create_user(
        self, email: str, password: str | None = None, *, password_hash: str = "", **fields: Any
    ) -> User:
        """Make a user; without a password, nobody can sign in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        if password_hash:
            user.password = password_hash
        else:
            user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a technical superuser: reads the admin, holds no business right."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


def new_salt() -> str:
    """What a session of an account is bound to beside its password: a new one ends them all."""
    return secrets.token_hex(16)


class User(Keyed, AbstractBaseUser, PermissionsMixin):
    """Who signs in. The e-mail is the name; a user holds no business right, a person's roles do."""

    email = models.EmailField(_("E-mail"), unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_platform_admin = models.BooleanField(default=False)
    session_salt = models.CharField(max_length=32, default=new_salt, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    stream = "jalon"

    @property
    def subject(self) -> tuple[str, str]:
        """An event about a user names the part of the e-mail before the @."""
        return "user", self.email.split("@")[0][:48]

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django's, over the salt as well as the password."""
        bound = f"{self.password}:{self.session_salt}"
        return salted_hmac(
            "governance.accounts.session", bound, secret=secret, algorithm="sha256"
        ).hexdigest()

    def __str__(self) -> str:
        return self.email


def digest_of(secret: str) -> str:
    """What is kept of a key's secret: it is long and random, a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(Keyed):
    """A key for programs, made in the portal: never signs, decides a gate or accepts a delegation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    scope = models.CharField(max_length=8, choices=[("read", _("Read")), ("write", _("Read and write"))])
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_ends_after_it_starts", condition=Q(expires_at__gt=models.F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(Keyed):
    """The answer once given to a POST, written in the verb's transaction, kept 24 hours."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=71)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_answer_per_key", fields=["user", "key"])]

    def __str__(self) -> str:
        return self.key
