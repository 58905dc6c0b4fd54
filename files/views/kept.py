"""One kept file: its page, its bytes, its versions, its name."""

import csv
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.tables import safe_cell
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, signed_in
from files.enums import AccessAction, RenditionKind
from files.forms import NameForm
from files.models import File, FileVersion, Folder
from files.selectors.places import crumbs_to, folders_of, versions_of
from files.selectors.uses import uses_of
from files.services.accesses import latest_accesses, note_access, note_denial, note_view
from files.services.kept import Entry, add_sent_version, bring_back, rename
from files.services.moving import move
from files.services.previews import rendition_of
from files.services.sharing import who_can_open
from files.services.signed import file_of_signed
from files.services.spaces import PERSON, name_of, spaces_kept_by
from files.serving import file_answer, hands_out, is_begun, is_fetched
from files.views.shown import bytes_url, entry_page, get_entry, icon_of, preview_context, target_named

logger = logging.getLogger("aumbry.files")
REFUSED = 422


@require_safe
def file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The file before one's eyes, with its versions; those who keep it see who can open it and who did."""
    found = _file(request, public_id)
    note_view(user=request.user, entry=found, number=found.shown.number)
    return _page(request, found)


@require_safe
def open_file(request: HttpRequest, public_id: UUID, name: str) -> HttpResponseBase:
    """The bytes of a file, or of an earlier version of it (``?v=``); ``?download=1`` saves instead of showing."""
    found = _file(request, public_id)
    version = _version_asked(request, found)
    if name != found.name:
        return HttpResponseRedirect(bytes_url(found))
    return send(request, found, version, user=request.user)


@require_safe
def open_rendition(request: HttpRequest, public_id: UUID, rendition: str) -> HttpResponseBase:
    """What was made of a file to show it by."""
    return send_rendition(request, _file(request, public_id), rendition)


def send_rendition(request: HttpRequest, file: File, rendition: str, *, share: Any = None) -> HttpResponseBase:
    """What was made of ``file``, which the caller has checked may be seen; 404 if nothing was. It is as good as the file
    itself, so it is written down as a look at it; a list that has its thumbnail is none."""
    found = rendition_of(file.shown.stored, rendition)
    if found is None or found.made is None:
        raise Http404
    try:
        answer = file_answer(request, found.made)
    except FileNotFoundError:
        logger.exception("bytes of a rendition are lost", extra={"file": str(file.public_id)})
        raise Http404 from None
    if rendition != RenditionKind.THUMB and hands_out(request, answer):
        note_view(user=request.user, entry=file, share=share, number=file.shown.number)
    return answer


# The address says who asks; whether they still may is asked anew.
@login_not_required
@require_safe
def open_signed(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The bytes of a file for who was given this address a moment ago; no cookie is needed."""
    found = file_of_signed(token)
    if found is None:
        raise Http404
    user, file, version = found
    return send(request, file, version, user=user)


def send(
    request: HttpRequest,
    file: File,
    version: FileVersion,
    *,
    user: Any,
    share: Any = None,
    check: Callable[[HttpResponseBase], None] | None = None,
) -> HttpResponseBase:
    """Bytes, with what happened written down; ``check`` as of ``file_answer``."""
    download = "download" in request.GET
    try:
        answer = file_answer(request, version.stored, name=file.name, as_attachment=download or None, check=check)
    except FileNotFoundError:
        logger.exception("bytes of a file are lost", extra={"file": str(file.public_id)})
        raise Http404 from None
    if is_fetched(request, version.stored, answer) or (download and is_begun(request, answer)):
        note_access(action=AccessAction.DOWNLOAD, user=user, entry=file, share=share, number=version.number)
    elif hands_out(request, answer):
        note_view(user=user, entry=file, share=share, number=version.number)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def rename_entry(request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Another name for a file or a folder."""
    entry = get_entry(request.user, kind, public_id)
    authorize(request.user, f"files.change_{kind}", entry)
    form = NameForm(request.POST or None, initial={"name": entry.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename(actor=signed_in(request), entry=entry, name=form.cleaned_data["name"])
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("It has its new name."))
            return redirect(entry)
    context = {"nav_active": "files", "entry": entry, "form": form, "back": entry.get_absolute_url()}
    return render(request, "files/rename.html", context, status=REFUSED if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def move_entry(request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Another place for a file or a folder."""
    entry = get_entry(request.user, kind, public_id)
    authorize(request.user, f"files.delete_{kind}", entry)
    user = signed_in(request)
    back = entry_page(entry, user)
    if request.method == "POST":
        with domain_errors_as_messages(request):
            if not request.POST.get("to"):
                messages.error(request, _("Choose a place first."))
                return redirect(request.path)
            space, folder = target_named(request)
            move(actor=user, entries=[entry], space=space, folder=folder)
            name = folder.name if folder else name_of(space)
            messages.success(request, _("It is in “%(name)s” now.") % {"name": name})
        return redirect(back)
    targets = folders_of(entry.space, name_of(entry.space))
    context = {
        "nav_active": "files",
        "entry": entry,
        "back": back,
        "spaces": spaces_kept_by(user),
        "targets": [pair for pair in targets.folders if not _lies_in(pair[1], entry)],
        "name": targets.name,
    }
    return render(request, "files/move.html", context)


def _lies_in(folder: Folder, entry: Entry) -> bool:
    return isinstance(entry, Folder) and folder.path.startswith(entry.path)


@require_POST
def version_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Another content for the file; the earlier one stays as a version."""
    found = _file(request, public_id)
    authorize(request.user, "files.change_file", found)
    sent: Any = request.FILES.get("file")
    with domain_errors_as_messages(request):
        if sent is None:
            messages.error(request, _("Choose a file first."))
        else:
            version = add_sent_version(actor=signed_in(request), file=found, content=sent, name=sent.name or "")
            messages.success(request, _("This is version %(n)d.") % {"n": version.number})
    return redirect(found)


@require_POST
def version_restore(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """An earlier version counts again."""
    found = _file(request, public_id)
    versions = found.versions.select_related("file__space", "stored")
    version: FileVersion = get_visible(versions, request.user, number=number)
    with domain_errors_as_messages(request):
        back = bring_back(actor=signed_in(request), version=version)
        messages.success(
            request, _("Version %(old)d counts again, as version %(new)d.") % {"old": number, "new": back.number}
        )
    return redirect(found)


@require_safe
def access_log(request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Who opened, downloaded or shared it, as CSV; times in UTC."""
    entry = get_entry(request.user, kind, public_id)
    authorize(request.user, f"files.share_{kind}", entry)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="accesses.csv"'
    rows = csv.writer(answer)
    rows.writerow(["time", "action", "person", "version", "by"])
    for row in entry.accesses.select_related("user", "share").order_by("pk").iterator(chunk_size=1000):
        by = row.share.audience_kind if row.share else ""
        who = row.user.name if row.user else ""
        rows.writerow([row.at.isoformat(timespec="seconds"), row.action, safe_cell(who), row.number or "", by])
    return answer


def _page(request: HttpRequest, file: File) -> HttpResponse:
    user = request.user
    keeps = user.has_perm("files.share_file", file)
    own = file.space.kind == PERSON and file.space.owner_id == user.pk
    context: dict[str, Any] = {
        "nav_active": "files",
        "file": file,
        "version": file.shown,
        "icon": icon_of(file.shown.stored.media_type),
        "place_url": entry_page(file, user),
        "place_name": file.folder.name if file.folder else (_("Your files") if own else name_of(file.space)),
        "crumbs": crumbs_to(file.folder) if file.folder and keeps else [],
        "open_url": bytes_url(file),
        "download_url": bytes_url(file, download=True),
        "keeps": keeps,
        "may_change": user.has_perm("files.change_file", file),
        "versions": versions_of(file, user),
        **preview_context(file, bytes_url(file), lambda kind: reverse("files:rendition", args=[file.public_id, kind])),
    }
    if keeps:
        context |= {
            "accesses": who_can_open(file),
            "uses": uses_of(user, file),
            "log": latest_accesses(file),
        }
    return render(request, "files/file.html", context)


def _file(request: HttpRequest, public_id: UUID) -> File:
    found = get_entry(request.user, "file", public_id)
    if not isinstance(found, File):
        raise Http404
    return found


def _version_asked(request: HttpRequest, file: File) -> FileVersion:
    asked = request.GET.get("v", "")
    if not asked:
        return file.shown
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise Http404
    rows = file.versions.filter(number=int(asked))
    version: FileVersion | None = rows.visible_to(request.user).select_related("stored").first()
    if version is None:
        if rows.exists():
            note_denial(user=request.user, entry=file)
        raise Http404
    return version
