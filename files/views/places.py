"""The file manager: what lies in a space or a folder, what others share, the bin."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.authz import authorize
from core.errors import DomainError, Invalid
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible, render_page, signed_in
from files.forms import KIND_LABELS, SORT_LABELS, ListForm, NameForm
from files.models import File, Folder, Space
from files.selectors.places import crumbs_to, folders_of, listed_in, listed_in_bin, listed_shared, listed_to_pick
from files.services import bin as bins
from files.services.accesses import note_view
from files.services.kept import Entry, keep_sent, make_folder
from files.services.moving import move
from files.services.sharing import shares_at
from files.services.spaces import PERSON, name_of, room_of, space_of, spaces_kept_by
from files.views.archives import send_archive
from files.views.shown import Rights, bytes_url, entry_page, get_entries, get_entry, rights_in, rows_of, target_named

REFUSED = 422


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's own files."""
    return redirect(space_of(PERSON, signed_in(request).pk))


@require_http_methods(["GET", "HEAD", "POST"])
def space(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The top of a space; what is posted are files to keep there."""
    return _place(request, get_visible(Space, request.user, public_id=public_id), None)


@require_http_methods(["GET", "HEAD", "POST"])
def folder(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A folder; what is posted are files to keep there."""
    found = get_entry(request.user, "folder", public_id)
    if not isinstance(found, Folder) or found.is_binned:
        raise Http404
    return _place(request, found.space, found)


@require_safe
def shared(request: HttpRequest) -> HttpResponse:
    """What others share with the reader."""
    user = signed_in(request)
    form = ListForm(request.GET)
    listing = listed_shared(user, form.wanted(request.GET.get("page")))
    context = {
        **_frame(request, None),
        "listing": listing,
        "rows": rows_of(listing, user, set(), rights=rights_in(user, listing)),
        "form": form,
        "title": _("Shared with you"),
        "kinds": KIND_LABELS,
        "sorts": SORT_LABELS,
        "query": _query(request),
    }
    return render_page(request, "files/shared.html", context, partial="list")


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Files to choose from in a form: with the words in their names, of the endings that fit, the newest first."""
    words = request.GET.get("q", "")[:100]
    listing = listed_to_pick(signed_in(request), words, request.GET.get("endings", "")[:300])
    context = {
        "rows": rows_of(listing, request.user, set(), pictures=True),
        "words": words,
        "more": listing.files.has_next(),
    }
    return render(request, "files/pick.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def bin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The bin of a space: what is posted is restored or deleted for good."""
    found = get_visible(Space, request.user, public_id=public_id)
    if request.method == "POST":
        entries = _chosen(request)
        if request.POST.get("do") in ("delete", "empty") and "sure" not in request.POST:
            context = {**_frame(request, found), "entries": entries, "do": request.POST["do"]}
            context["keys"] = request.POST.getlist("entry")
            return render(request, "files/bin_sure.html", context)
        with domain_errors_as_messages(request):
            messages.success(request, _of_bin(request, found, entries))
        return redirect("files:bin", found.public_id)
    listing = listed_in_bin(found, request.GET.get("page"))
    context = {**_frame(request, found), "listing": listing, "query": ""}
    return render(request, "files/bin.html", context)


@require_POST
def folder_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A new folder in the space, or in the folder that the form names."""
    found = _writable_space(request, public_id)
    parent = _folder_named(request, "parent")
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request, lambda: _make_folder(request, found, parent, form.cleaned_data["name"])))
        except DomainError as error:
            add_domain_error(form, error)
    messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return redirect(parent or found)


@require_POST
def act(request: HttpRequest) -> HttpResponseBase:
    """Download the chosen files and folders, move them, or put them into the bin; ``bin`` names one alone."""
    entries = _chosen(request)
    back = entry_page(entries[0], request.user) if entries else reverse("files:home")
    with domain_errors_as_messages(request):
        if not entries:
            messages.error(request, _("Choose some files or folders first."))
        elif request.POST.get("do") == "download":
            [first, *others] = entries
            if isinstance(first, File) and not others:
                return redirect(bytes_url(first, download=True))
            return send_archive(request, entries, user=request.user)
        elif request.POST.get("do") == "move":
            space, folder = target_named(request)
            move(actor=signed_in(request), entries=entries, space=space, folder=folder)
            name = folder.name if folder else name_of(space)
            said = ngettext("%(n)d moved to “%(name)s”.", "%(n)d moved to “%(name)s”.", len(entries))
            messages.success(request, said % {"n": len(entries), "name": name})
        else:
            done = bins.put_into_bin(actor=signed_in(request), entries=entries)
            said = ngettext("%(n)d is in the bin.", "%(n)d are in the bin.", done) % {"n": done}
            messages.success(request, said)
    return redirect(back)


def _place(request: HttpRequest, space: Space, folder: Folder | None) -> HttpResponse:
    user = signed_in(request)
    place: Any = folder or space
    may_add = user.has_perm("files.change_folder", folder) if folder else True
    status = 200
    wait: int | None = None
    refused: list[str] = []
    if request.method == "POST":
        authorize(user, "files.change_folder" if folder else "files.change_space", place)
        kept, errors = _take(request, space, folder)
        refused = [str(error.message) for error in errors]
        if not refused:
            said = ngettext("%(n)d file is here.", "%(n)d files are here.", len(kept)) % {"n": len(kept)}
            messages.success(request, said)
            return redirect(place)
        # A full disk, or a storage that is away, is no fault of the files.
        status = max([REFUSED, *(error.status for error in errors)])
        wait = max((error.retry_after for error in errors if error.retry_after), default=None)
    form = ListForm(request.GET)
    view = "grid" if request.GET.get("view") == "grid" else "list"
    listing = listed_in(space, folder, form.wanted(request.GET.get("page")))
    keeps = folder is None or user.has_perm("files.view_space", space)
    if folder is not None and not keeps:
        note_view(user=user, entry=folder)
    frame = _frame(request, space if keeps else None)
    context = {
        **frame,
        "place": place,
        "folder": folder,
        "crumbs": crumbs_to(folder) if folder and keeps else [],
        "listing": listing,
        "rows": rows_of(
            listing,
            user,
            shares_at(listing.entries) if keeps else set(),
            pictures=view == "grid",
            rights=Rights(keeps, None if may_add else frozenset()),
        ),
        "form": form,
        "kinds": KIND_LABELS,
        "sorts": SORT_LABELS,
        "place_space": space,
        "query": _query(request),
        "may_add": may_add,
        "keeps": keeps,
        "refused": refused,
        "targets": folders_of(space, frame["space_name"]) if keeps and listing.entries else None,
        "view": view,
    }
    answer = render_page(request, "files/place.html", context, partial="list", status=status)
    if wait is not None:
        answer["Retry-After"] = str(wait)
    return answer


def _frame(request: HttpRequest, space: Space | None) -> dict[str, Any]:
    """The ways to other spaces, and how full this one is."""
    user = signed_in(request)
    spaces = spaces_kept_by(user)
    names = {one.pk: name for one, name in spaces}
    if space is not None and space.pk not in names:
        # Administrators look at all of them.
        names[space.pk] = name_of(space)
        spaces.append((space, names[space.pk]))
    frame: dict[str, Any] = {
        "nav_active": "files",
        "title": "",
        "space": space,
        "spaces": spaces,
        "bin_days": settings.FILES_BIN_DAYS,
    }
    if space is not None:
        is_own = space.kind == PERSON and space.owner_id == user.pk
        frame |= {
            "title": _("Your files") if is_own else names[space.pk],
            "space_name": names[space.pk],
            "may_change_room": user.has_perm("files.change_quota", space),
            **room_of(space),
        }
    return frame


def _take(request: HttpRequest, space: Space, folder: Folder | None) -> tuple[list[File], list[DomainError]]:
    """Keep each file that was sent; what is wrong with one holds up no other."""
    kept: list[File] = []
    refused: list[DomainError] = []
    user = signed_in(request)
    given: list[Any] = request.FILES.getlist("files")
    for sent in given:
        try:
            kept.append(keep_sent(actor=user, space=space, folder=folder, content=sent, name=sent.name or "").file)
        except DomainError as error:
            refused.append(error)
    if not kept and not refused:
        refused.append(Invalid("file_missing", _("Choose a file first.")))
    return kept, refused


def _make_folder(request: HttpRequest, space: Space, parent: Folder | None, name: str) -> str:
    made = make_folder(actor=signed_in(request), space=space, parent=parent, name=name)
    messages.success(request, _("The folder “%(name)s” is made.") % {"name": made.name})
    return str(made.get_absolute_url())


def _chosen(request: HttpRequest) -> list[Entry]:
    # What is pressed at one row is meant alone, whatever else is chosen.
    asked = request.POST.getlist("bin") or request.POST.getlist("entry")[:1000]
    return get_entries(request.user, asked)


def _of_bin(request: HttpRequest, space: Space, entries: list[Entry]) -> str:
    user = signed_in(request)
    do = request.POST.get("do")
    if do == "restore":
        n = len(bins.restore(actor=user, entries=entries))
        return ngettext("%(n)d is back.", "%(n)d are back.", n) % {"n": n}
    n = bins.empty_bin(actor=user, space=space) if do == "empty" else bins.delete_for_good(actor=user, entries=entries)
    return ngettext("%(n)d file is deleted for good.", "%(n)d files are deleted for good.", n) % {"n": n}


def _folder_named(request: HttpRequest, name: str) -> Folder | None:
    given = request.POST.get(name, "")
    found = get_entry(request.user, "folder", given) if given else None
    return found if isinstance(found, Folder) else None


def _writable_space(request: HttpRequest, public_id: UUID) -> Space:
    # Who may change a shared folder makes folders in it without keeping the space.
    if folder := _folder_named(request, "parent"):
        return folder.space
    return get_visible(Space, request.user, public_id=public_id)


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""
