"""Files in a form, for the one view that takes them: everywhere else the server drops them unread.

A file is held in memory, and never more of it than its limit: what comes after is read past, so that the
browser gets an answer. A body far beyond the limit is not read at all.
"""

from __future__ import annotations

import io
from typing import IO, Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from zhilu.server.tabular import MOST_BYTES

READ_PAST = 4 * MOST_BYTES


class Held(FileUploadHandler):
    """Keeps a file up to one byte more than the limit: then whoever reads it sees that it is too long."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = MOST_BYTES + 1 - self._kept.tell()
        self._kept.write(raw_data[:room])

    def file_complete(self, file_size: int) -> UploadedFile:
        size = self._kept.tell()
        self._kept.seek(0)
        file: IO[bytes] = self._kept
        return InMemoryUploadedFile(
            file,
            self.field_name,
            self.file_name or "file",
            self.content_type,
            size,
            self.charset,
            self.content_type_extra,
        )


def is_far_too_long(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdecimal() or int(length) > READ_PAST


def takes_files(request: HttpRequest) -> None:
    """To be called before anything of the form is read; the token against forgery stands in the form."""
    request.upload_handlers = [Held(request)]
