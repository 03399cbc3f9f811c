"""Files in a form, for the views that take them: everywhere else the server drops them unread.

A file is held in memory, and never more of it than the view's limit and one byte: then whoever reads it sees
that it is too long. What comes after is read past, so that the browser gets an answer. A body far beyond the
limit is not read at all.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import IO, Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import gettext as _

from zhilu.server.pages.templatetags.zhilu import size

READ_PAST = 40 * 1024 * 1024
View = Callable[..., HttpResponseBase]
_protected = decorator_from_middleware(CsrfViewMiddleware)


class Held(FileUploadHandler):
    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self._limit = limit

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._kept.write(raw_data[: self._limit + 1 - self._kept.tell()])

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        length = self._kept.tell()
        self._kept.seek(0)
        file: IO[bytes] = self._kept
        name, kind = self.file_name or "file", self.content_type
        return InMemoryUploadedFile(file, self.field_name, name, kind, length, self.charset)


def takes_file(limit: int) -> Callable[[View], View]:
    """Below `needs`. The token against forgery is looked at here, once the handler stands: it comes in the
    form, and whoever reads the form first decides what becomes of its files.
    """

    def decorate(view: View) -> View:
        protected: View = _protected(view)

        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                length = request.META.get("CONTENT_LENGTH") or "0"
                if not length.isdecimal() or int(length) > limit + READ_PAST:
                    said = _("A file here has at most %(size)s.") % {"size": size(limit)}
                    return HttpResponse(said, status=413, content_type="text/plain; charset=utf-8")
                request.upload_handlers = [Held(request, limit)]
            return protected(request, *args, **kwargs)

        wrapped.csrf_exempt = True  # type: ignore[attr-defined]
        return wrapped

    return decorate
