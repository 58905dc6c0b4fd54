"""What is behind a link: a file, or a folder with what is in it; for whoever has it."""

from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.ratelimit import hit
from files.forms import UnlockForm
from files.media_types import INLINE
from files.models import File, Folder, Share
from files.selectors.places import Crumb, Listing, Wanted, listed_in
from files.services.accesses import note_denial, note_view
from files.services.kept import Entry
from files.services.sharing import (
    BEGUN_FOR,
    PASSED_FOR,
    LinkOver,
    begun,
    check_link,
    count_download,
    file_in_link,
    folder_in_link,
    has_begun,
    has_passed,
    passed,
    share_of_link,
)
from files.serving import hands_out, is_begun
from files.views.archives import send_archive
from files.views.kept import send, send_rendition
from files.views.shown import icon_of, preview_context

Answer = TypeVar("Answer", bound=HttpResponseBase)
REFUSED, GONE, TOO_MANY = 422, 410, 429
# Passwords tried at one link, by everybody together.
_TRIES, _TRIES_IN = 30, 600
# The cookie that says that a download was counted.
_BEGUN = "begun"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The file or folder that a link opens; first its password, if it has one."""
    share = _share(token)
    try:
        check_link(share)
    except LinkOver as over:
        return _over(request, share, share.entry, over)
    if not _may_pass(request, share):
        return _unlock(request, share, token)
    return _shown(request, share, token)


@login_not_required
@require_safe
def link_file(request: HttpRequest, token: str, public_id: UUID, name: str) -> HttpResponseBase:
    """The bytes of a file behind a link; a download counts.

    Where downloads are limited, whatever has bytes of the file counts, but for what goes on with a download that the same
    browser began a moment ago: a film is sought in, what broke off is fetched to its end.
    """
    share = _share(token)
    file = file_in_link(share, public_id)
    if file is None:
        raise Http404
    is_limited = share.most_downloads is not None
    goes_on = is_limited and has_begun(share, file.shown, request.COOKIES.get(_BEGUN, ""))
    is_counted = False

    def count(answer: HttpResponseBase) -> None:
        nonlocal is_counted
        is_counted = _begins(request, file, answer) if goes_on else hands_out(request, answer)
        if is_counted:
            count_download(share)

    try:
        check_link(share, goes_on=goes_on)
        if not _may_pass(request, share):
            return redirect("files:link", token)
        if not is_limited and _counts(request, file):
            count_download(share)
        answer = send(request, file, file.shown, user=request.user, share=share, check=count if is_limited else None)
    except LinkOver as over:
        return _over(request, share, file, over)
    if is_counted:
        _let_go_on(request, answer, begun(share, file.shown), reverse("files:link-file", args=[token, public_id, "-"]))
    return _kept_by_nobody(answer)


@login_not_required
@require_safe
def link_rendition(request: HttpRequest, token: str, public_id: UUID, rendition: str) -> HttpResponseBase:
    """What was made of a file behind a link to show it by; nothing where the link counts downloads."""
    share = _share(token)
    file = file_in_link(share, public_id)
    if file is None or share.most_downloads is not None:
        raise Http404
    try:
        check_link(share)
    except LinkOver as over:
        return _over(request, share, file, over)
    if not _may_pass(request, share):
        return redirect("files:link", token)
    return _kept_by_nobody(send_rendition(request, file, rendition, share=share))


@login_not_required
@require_safe
def link_archive(request: HttpRequest, token: str) -> HttpResponseBase:
    """All files of a folder behind a link, or of one in it (``?folder=``), as one ZIP; each counts as a download."""
    share = _share(token)
    entry = share.entry
    if not isinstance(entry, Folder):
        raise Http404
    try:
        check_link(share)
        if not _may_pass(request, share):
            return redirect("files:link", token)
        return send_archive(request, [_folder_asked(request, share, entry)], user=request.user, share=share)
    except LinkOver as over:
        return _over(request, share, entry, over)


def _over(request: HttpRequest, share: Share, entry: Entry, over: LinkOver) -> HttpResponse:
    note_denial(user=request.user, entry=entry, share=share)
    return render(request, "files/link_over.html", {"message": over.message}, status=GONE)


def _share(token: str) -> Share:
    share = share_of_link(token)
    if share is None:
        raise Http404
    return share


def _counts(request: HttpRequest, file: File) -> bool:
    """For a link without a limit, where the number only tells how often it was fetched: what is shown in the page is looked
    at, and a later piece is no new download."""
    if request.method != "GET" or _is_shown(request, file):
        return False
    asked = request.headers.get("Range", "").replace(" ", "")
    return not asked or asked.startswith("bytes=0-")


def _begins(request: HttpRequest, file: File, answer: HttpResponseBase) -> bool:
    """Whether ``answer`` is a download anew, to somebody who began one: the file from its beginning, to keep it. By what is
    sent, not by what was asked for: a range that is of no use is answered with the whole file."""
    return is_begun(request, answer) and not _is_shown(request, file)


def _is_shown(request: HttpRequest, file: File) -> bool:
    return file.shown.stored.media_type in INLINE and "download" not in request.GET


def _let_go_on(request: HttpRequest, answer: HttpResponseBase, proof: str, address: str) -> None:
    # Sent with requests for this file alone: of a folder there may be hundreds, and heads of requests have a limit.
    path = address.rpartition("/")[0] + "/"
    answer.set_cookie(
        _BEGUN,
        proof,
        max_age=int(BEGUN_FOR.total_seconds()),
        path=path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _cookie(share: Share) -> str:
    return f"link-{share.public_id.hex}"


def _may_pass(request: HttpRequest, share: Share) -> bool:
    return not share.password or has_passed(share, request.COOKIES.get(_cookie(share), ""))


def _unlock(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    form = UnlockForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        verdict = hit(f"link:{share.pk}", limit=_TRIES, seconds=_TRIES_IN)
        proof = passed(share, form.cleaned_data["password"]) if verdict.allowed else ""
        if proof:
            answer: HttpResponse = HttpResponseRedirect(request.path)
            answer.set_cookie(
                _cookie(share),
                proof,
                max_age=int(PASSED_FOR.total_seconds()),
                path=request.path,
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
            return answer
        if verdict.allowed:
            status = REFUSED
            form.add_error("password", _("This is not the password of this link."))
            note_denial(user=request.user, entry=share.entry, share=share)
        else:
            status = TOO_MANY
            form.add_error("password", _("Too many tries. Wait some minutes, then try again."))
    return render(request, "files/link_locked.html", {"form": form}, status=status)


def _shown(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    entry = share.entry
    if isinstance(entry, File):
        return _file_page(request, share, token, entry)
    if asked := request.GET.get("file", ""):
        inside = file_in_link(share, _uuid(asked))
        if inside is None:
            raise Http404
        return _file_page(request, share, token, inside)
    note_view(user=request.user, entry=entry, share=share)
    folder = _folder_asked(request, share, entry)
    listing = listed_in(entry.space, folder, Wanted(page=request.GET.get("page")))
    context = {
        "share": share,
        "token": token,
        "by": share.made_by.name,
        "top": entry,
        "folder": folder,
        "crumbs": _crumbs(token, entry, folder),
        "listing": listing,
        "rows": _rows(token, listing),
        "query": "" if folder == entry else f"folder={folder.public_id}&",
    }
    return _kept_by_nobody(render(request, "files/link_folder.html", context))


def _file_page(request: HttpRequest, share: Share, token: str, file: File) -> HttpResponse:
    note_view(user=request.user, entry=file, share=share, number=file.shown.number)
    url = reverse("files:link-file", args=[token, file.public_id, file.name])
    top = share.entry
    crumbs = _crumbs(token, top, file.folder, is_open=True) if isinstance(top, Folder) and file.folder else []
    context: dict[str, Any] = {
        "share": share,
        "by": share.made_by.name,
        "file": file,
        "stored": file.shown.stored,
        "crumbs": crumbs,
        "download_url": f"{url}?download=1",
    }
    if share.most_downloads is not None:
        # What is shown could be kept without counting.
        context["left"] = share.most_downloads - share.downloads
    else:
        context |= preview_context(
            file, url, lambda kind: reverse("files:link-rendition", args=[token, file.public_id, kind])
        )
    return _kept_by_nobody(render(request, "files/link_file.html", context))


def _crumbs(token: str, top: Folder, folder: Folder, *, is_open: bool = False) -> list[Crumb]:
    """The folders from that of the link down to ``folder``: without itself, or ``is_open`` with it."""
    inside = [*folder.above, folder.pk]
    inside = inside[inside.index(top.pk) : None if is_open else -1]
    rows = Folder.objects.in_bulk(inside)
    link_url = reverse("files:link", args=[token])
    return [
        Crumb(rows[pk].name, link_url if pk == top.pk else f"{link_url}?folder={rows[pk].public_id}") for pk in inside
    ]


def _rows(token: str, listing: Listing) -> list[dict[str, Any]]:
    link_url = reverse("files:link", args=[token])
    download = _("Download %(name)s")
    found: list[dict[str, Any]] = [
        {"name": one.name, "url": f"{link_url}?folder={one.public_id}", "icon": "folder", "changed": one.updated_at}
        for one in listing.folders
    ]
    for file in listing.files:
        stored = file.shown.stored
        found.append(
            {
                "name": file.name,
                "url": f"{link_url}?file={file.public_id}",
                "icon": icon_of(stored.media_type),
                "changed": file.changed_at,
                "size": stored.size,
                "download_url": f"{reverse('files:link-file', args=[token, file.public_id, file.name])}?download=1",
                "download_label": download % {"name": file.name},
            }
        )
    return found


def _kept_by_nobody(answer: Answer) -> Answer:
    """A link may be ended at any moment."""
    answer["Cache-Control"] = "private, no-store"
    return answer


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _folder_asked(request: HttpRequest, share: Share, top: Folder) -> Folder:
    asked = request.GET.get("folder", "")
    if not asked:
        return top
    found = folder_in_link(share, _uuid(asked))
    if found is None:
        raise Http404
    return found
