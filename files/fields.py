"""Files in forms: sent with them, or uploaded in parts before."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from files.services.uploads import EarlierUpload, upload_of


class UploadInput(forms.ClearableFileInput):
    """A file input that a script may upload for (``upload.js``): the form then names the upload in a field of its own.

    ``purpose`` is a key of ``core.slots.UPLOAD_PURPOSES``. The value is the file, or an ``EarlierUpload``, which
    ``store_sent`` takes as well.
    """

    def __init__(self, purpose: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-upload": purpose, **(attrs or {})})

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile], name: str) -> Any:
        sent = super().value_from_datadict(data, files, name)
        token = data.get(f"{name}-upload")
        if sent or not token:
            return sent
        upload = upload_of(token)
        return None if upload is None else EarlierUpload(token, upload.name, upload.size)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """With an upload of before beside it, where the form was refused for something else: it need not be sent again."""
        if not isinstance(value, EarlierUpload):
            return super().render(name, value, attrs, renderer)
        plain = super().render(name, None, {**(attrs or {}), "required": False}, renderer)
        said = _("%(name)s is there.") % {"name": value.name}
        return plain + format_html(
            '<span class="meta" data-kept><input type="hidden" name="{}-upload" value="{}">{}</span>',
            name,
            value.token,
            said,
        )

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile], name: str
    ) -> bool:
        return super().value_omitted_from_data(data, files, name) and f"{name}-upload" not in data


class UploadField(forms.FileField):
    """A file that may have been uploaded before; its widget is an ``UploadInput``."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        # A browser sends no file a second time by itself; an upload is named again.
        return data if isinstance(data, EarlierUpload) else super().bound_data(data, initial)
