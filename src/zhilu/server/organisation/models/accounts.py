"""Accounts of the web pages: ordinary rows. What an account may do follows from its person's roles in the
ledger.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str, person: UUID | str, **more: Any) -> User:
        user = self.model(username=username, person=person, **more)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    username = models.CharField(max_length=64, unique=True)
    person = models.UUIDField(unique=True)  # no foreign key: the person's row is rebuilt from the ledger
    is_active = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    password_set = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["person"]

    objects = UserManager()

    def __str__(self) -> str:
        return self.username
