"""Accounts of the web pages: ordinary rows. What an account may do follows from its person's roles in the
ledger; what became of it is in the ledger too (`account-changed/1`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, username: str, password: str, person: UUID | str, digest: str = "", **more: Any
    ) -> User:
        """`digest`: of the password, where it is known already."""
        user = self.model(
            username=username, person=person, password=digest or make_password(password), **more
        )
        user.save()
        return user


class User(AbstractBaseUser):
    username = models.CharField(max_length=64, unique=True)
    person = models.UUIDField(unique=True)  # no foreign key: the person's row is rebuilt from the ledger
    is_active = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    password_set = models.DateTimeField(default=timezone.now)
    one_time = models.BooleanField(default=False)  # somebody else knows the password

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["person"]

    objects = UserManager()

    def __str__(self) -> str:
        return self.username


class PasswordBefore(models.Model):
    """The hash of a password that was replaced."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    password = models.CharField(max_length=128)


class Factor(models.Model):
    """A second factor: an app that shows codes, or a security key. Never a key of the viewing room: that one
    signs for the viewing room's host only.
    """

    APP, KEY = "app", "key"

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8, choices=[(APP, APP), (KEY, KEY)])
    name = models.CharField(max_length=40)
    added = models.DateTimeField(default=timezone.now)
    used = models.DateTimeField(null=True)
    secret = models.BinaryField(default=b"")  # app: encrypted
    step = models.BigIntegerField(default=0)  # app: of the last code that was used
    credential = models.CharField(max_length=1400, null=True, unique=True)  # key: id, base64url
    public_key = models.BinaryField(default=b"")
    sign_count = models.BigIntegerField(default=0)


class Session(AbstractBaseSession):
    """A signed-in browser, or one on its way to it (no user yet). Without its row it is signed out."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    began = models.DateTimeField(null=True)
    address = models.CharField(max_length=64, default="")
    device = models.CharField(max_length=80, default="")

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = "session"
