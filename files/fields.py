"""Files in forms: sent with them, or uploaded in parts before; and in the texts of forms."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.shortcuts import signed_in
from files.references import written
from files.services.sent import EarlierUpload, KeptChoice, store_sent, upload_of

# What files in texts are uploaded for; ``text-files.js`` says the same.
TEXT_FILES = "lesson_media"


class UploadInput(forms.ClearableFileInput):
    """A file input that a script may upload for (``upload.js``): the form then names the upload in a field of its own.

    ``purpose`` is a key of ``core.slots.UPLOAD_PURPOSES``; with ``picks`` one of the files that somebody keeps can be chosen
    as well. The value is the file, an ``EarlierUpload`` or a ``KeptChoice``, which ``store_sent`` takes all.
    """

    def __init__(self, purpose: str, attrs: dict[str, Any] | None = None, *, picks: bool = False) -> None:
        super().__init__({"data-upload": purpose, **(attrs or {})})
        self.picks = picks

    def use_required_attribute(self, initial: Any) -> bool:
        # A file may be chosen beside the input.
        return not self.picks and super().use_required_attribute(initial)

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile], name: str) -> Any:
        sent = super().value_from_datadict(data, files, name)
        token = data.get(f"{name}-upload")
        if not sent and not token and self.picks and (address := (data.get(f"{name}-kept") or "").strip()):
            return KeptChoice(address)
        if sent or not token:
            return sent
        upload = upload_of(token)
        return None if upload is None else EarlierUpload(token, upload.name, upload.size)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """With an upload of before beside it, where the form was refused for something else: it need not be sent again."""
        if not isinstance(value, EarlierUpload):
            chosen = value.name if isinstance(value, KeptChoice) else ""
            control = super().render(name, None if chosen else value, attrs, renderer)
            return control + self.picker(name, chosen, attrs) if self.picks else control
        plain = super().render(name, None, {**(attrs or {}), "required": False}, renderer)
        said = _("%(name)s is there.") % {"name": value.name}
        return plain + format_html(
            '<span class="meta" data-kept><input type="hidden" name="{}-upload" value="{}">{}</span>',
            name,
            value.token,
            said,
        )

    def picker(self, name: str, chosen: str, attrs: dict[str, Any] | None, error: str = "") -> SafeString:
        """What chooses a kept file alone, for a page where it stands apart from the input; ``error`` is about ``chosen``."""
        identity = (attrs or {}).get("id", f"id_{name}")
        endings = self.attrs.get("accept", "")
        context = {"name": name, "id": identity, "value": chosen, "endings": endings, "error": error}
        return render_to_string("files/_picker.html", context)

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile], name: str
    ) -> bool:
        return super().value_omitted_from_data(data, files, name) and not {f"{name}-upload", f"{name}-kept"} & set(data)


class UploadField(forms.FileField):
    """A file that may have been uploaded before; its widget is an ``UploadInput``."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        # A browser sends no file a second time by itself; an upload is named again.
        return data if isinstance(data, EarlierUpload | KeptChoice) else super().bound_data(data, initial)


class TextWithFiles(forms.Textarea):
    """A text whose ``file:`` references somebody checks and keeps account of, with ways to put a file into it.

    A script writes the reference where the cursor is (``text-files.js``; the page needs ``files/_text_files_parts.html``).
    Without one a file, or the address of one that is kept, comes beside the text: see ``add_files_to_texts``. ``markup``
    is "markdown" or "html"; ``markup_from`` names the field of the form that says it, if one does.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, *, markup: str = "markdown", markup_from: str = "") -> None:
        super().__init__(attrs)
        self.markup, self.markup_from = markup, markup_from
        self.label: Any = ""
        # The address that was refused, to be mended.
        self.refused = ""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        context = {
            "control": super().render(name, value, attrs, renderer),
            "name": name,
            "id": (attrs or {}).get("id", f"id_{name}"),
            "label": self.label,
            "markup": self.markup,
            # As the form's field is called on the page: it stands beside this one.
            "markup_from": self.markup_from,
            "refused": self.refused,
        }
        return render_to_string("files/_text_files.html", context)

    def given(self, data: Mapping[str, Any], files: Mapping[str, Any], name: str) -> Any:
        """The file that came beside the text, or what names a kept one; None without."""
        if sent := files.get(f"{name}-file"):
            return sent
        address = (data.get(f"{name}-kept") or "").strip()
        return KeptChoice(address) if address else None


class TextWithFilesField(forms.CharField):
    """A text with files; its widget is a ``TextWithFiles``."""

    widget = TextWithFiles

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        # Several of them stand on one page: what is beside each says to which it belongs.
        self.widget.label = self.label
        return super().get_bound_field(form, field_name)


def add_files_to_texts(request: HttpRequest, sent: Iterable[forms.BaseForm]) -> list[str]:
    """Store the files that came beside texts, and write each at the end of its text, as if its author had.

    To be called before the forms are checked: what is wrong with a form later costs nobody the file. What is refused is
    said at its field and given back; so the form is not valid.
    """
    refused: list[tuple[forms.BaseForm, str, str]] = []
    for form in sent:
        fields = form.fields.items() if form.is_bound else ()
        for name, field in fields:
            if not isinstance(field.widget, TextWithFiles):
                continue
            key = form.add_prefix(name)
            given = field.widget.given(form.data, request.FILES, key)
            if given is None:
                continue
            try:
                stored = store_sent(actor=signed_in(request), sent=given, purpose=TEXT_FILES)
            except DomainError as error:
                refused.append((form, name, str(error.message)))
                field.widget.refused = given.name if isinstance(given, KeptChoice) else ""
                continue
            markup = form.data.get(form.add_prefix(field.widget.markup_from)) or field.widget.markup
            text = (form.data.get(key) or "").rstrip()
            data: Any = form.data
            # What was sent cannot be changed itself.
            form.data = data = data.copy()
            data[key] = "\n\n".join(part for part in (text, written(stored, html=markup == "html")) if part)
            data[f"{key}-kept"] = ""
            sentence = _("“%(name)s” stands at the end of the text now. Write there what it shows, or move it.")
            messages.success(request, sentence % {"name": stored.name})
    for form, name, sentence in refused:
        # Checked first: a check forgets what was said before.
        form.full_clean()
        form.add_error(name, sentence)
    return [sentence for _form, _name, sentence in refused]
