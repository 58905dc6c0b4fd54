"""Writing a lesson: its settings, sections and blocks on one page, each saved by its own form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.authz import authorize
from core.errors import DomainError, Invalid, Stale
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible
from core.slots import BLOCK_KINDS
from courses.block_forms import SettingsForm, block_form, kinds_to_add, uploads
from courses.forms import ItemForm, SectionForm
from courses.models import Block, Item, Section
from courses.purposes import MEDIA
from courses.selectors import item_editor
from courses.selectors.teaching import block_position, in_course, is_behind, item_tag, other_modules, section_position
from courses.services import content, outline
from courses.services.branches import BRANCHES
from courses.views.answers import REFUSED, moved, say_binned, stored_differences, to
from courses.views.outline import LAST, as_uuid, get_course, get_item, wanted_position
from files.fields import add_files_to_texts
from files.models import StoredFile
from files.services import store_sent

_SETTINGS = [name for name in ItemForm.base_fields if name != "version"]


@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    """The lesson's settings (this form) and its text (forms of their own)."""
    found = get_item(request, slug, item)
    if request.method != "POST":
        return _editor(request, found)
    form = ItemForm(request.POST)
    if not form.is_valid():
        return _editor(request, found, form=form, status=REFUSED)
    try:
        outline.change_item(actor=request.user, item=found, **form.cleaned_data)
    except Stale as error:
        return _editor(
            request, found, form=_again(form, error), theirs=stored_differences(form, found), status=error.status
        )
    except DomainError as error:
        add_domain_error(form, error)
        return _editor(request, found, form=form, status=REFUSED)
    messages.success(request, _("Saved."))
    return redirect("courses:item-edit", slug, item)


def _again(form: ItemForm, error: Stale) -> ItemForm:
    """What was typed, ready to be saved over the newer version once its writer has compared the two."""
    typed = ItemForm({**dict(form.data.items()), "version": error.current_version})
    add_domain_error_after_checks(typed, error)
    return typed


def add_domain_error_after_checks(form: Any, error: DomainError) -> None:
    form.is_valid()
    add_domain_error(form, error)


def _editor(
    request: HttpRequest,
    item: Item,
    *,
    form: ItemForm | None = None,
    theirs: list[tuple[Any, Any]] | None = None,
    block: Block | None = None,
    typed: Any = None,
    section: Section | None = None,
    section_form: SectionForm | None = None,
    stored_text: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with the one form that was refused as it was sent."""
    editor = item_editor(item)

    def entries(blocks: list[Block]) -> list[dict[str, Any]]:
        found = []
        for row in blocks:
            is_typed = block is not None and block.pk == row.pk
            found.append(
                {
                    "block": row,
                    "kind": BLOCK_KINDS.get(row.kind),
                    "form": typed if is_typed else block_form(row),
                    "stored_text": stored_text if is_typed else None,
                    "problems": [sentence for other, sentence in editor.problems if other.pk == row.pk],
                    "branches": [
                        {"row": branch.section, "name": branch.name, "blocks": entries(branch.blocks)}
                        for branch in editor.branches.get(row.pk, ())
                    ],
                }
            )
        return found

    sections = []
    for entry in editor.sections:
        own = section_form if section is not None and section.pk == entry.section.pk else None
        title = own or section_form_of(entry.section)
        sections.append({"row": entry.section, "name": entry.name, "form": title, "blocks": entries(entry.blocks)})
    tag, tag_kind = item_tag(item)
    context = {
        "nav_active": "teaching",
        "course": item.course,
        "item": item,
        "told": f"lesson.{item.public_id}",
        "tag": tag,
        "tag_kind": tag_kind,
        "behind": is_behind(item),
        "editor": editor,
        "sections": sections,
        "form": form or ItemForm(initial={name: getattr(item, name) for name in (*_SETTINGS, "version")}),
        "theirs": theirs or [],
        "kinds": kinds_to_add(),
        "kinds_in_branches": [(key, label) for key, label in kinds_to_add() if key != BRANCHES],
        "modules": other_modules(item),
    }
    return render(request, "courses/item_edit.html", context, status=status)


def section_form_of(section: Section) -> SectionForm:
    return SectionForm(initial={"title": section.title}, auto_id=f"section-{section.public_id}-%s")


# Sections


@require_POST
def section_new(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    found = get_item(request, slug, item)
    form = SectionForm(request.POST)
    if not form.is_valid():
        return _editor(request, found, status=REFUSED)
    return redirect(once(request, lambda: _add_section(request, found, form.cleaned_data["title"])))


def _add_section(request: HttpRequest, item: Item, title: str) -> str:
    section = content.add_section(actor=request.user, item=item, title=title)
    return f"{_edit_url(item)}#section-{section.public_id}"


def _edit_url(item: Item) -> str:
    return reverse("courses:item-edit", args=[item.course.slug, item.public_id])


def get_section(request: HttpRequest, slug: str, section: UUID) -> Section:
    rows = Section.objects.select_related("item__course", "item__module")
    found = get_visible(rows, request.user, item__course__slug=slug, public_id=section)
    authorize(request.user, "courses.change_section", found)
    return found


@require_POST
def section_edit(request: HttpRequest, slug: str, section: UUID) -> HttpResponse:
    found = get_section(request, slug, section)
    form = SectionForm(request.POST, auto_id=f"section-{found.public_id}-%s")
    if form.is_valid():
        try:
            content.change_section(actor=request.user, section=found, title=form.cleaned_data["title"])
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return to(_edit_url(found.item), f"section-{section}")
    return _editor(request, found.item, section=found, section_form=form, status=REFUSED)


@require_POST
def section_move(request: HttpRequest, slug: str, section: UUID) -> HttpResponse:
    found = get_section(request, slug, section)

    def move() -> None:
        position = wanted_position(request, section_position(found))
        content.move_section(actor=request.user, section=found, position=position)

    return moved(request, move, _edit_url(found.item), f"section-{section}")


@require_POST
def section_bin(request: HttpRequest, slug: str, section: UUID) -> HttpResponse:
    found = get_section(request, slug, section)
    with domain_errors_as_messages(request):
        content.bin_section(actor=request.user, section=found)
        say_binned(request, found, reverse("courses:section-restore", args=[slug, section]))
    return redirect(_edit_url(found.item))


@require_POST
def section_restore(request: HttpRequest, slug: str, section: UUID) -> HttpResponse:
    rows = in_course(Section, get_course(request, slug)).select_related("item__course")
    found = get_object_or_404(rows, public_id=section)
    with domain_errors_as_messages(request):
        content.restore_section(actor=request.user, section=found)
    return to(_edit_url(found.item), f"section-{section}")


# Blocks


@require_POST
def block_new(request: HttpRequest, slug: str, section: UUID) -> HttpResponse:
    """An empty block of the chosen kind at the section's end; its form is filled in next."""
    found = get_section(request, slug, section)
    with domain_errors_as_messages(request):
        return redirect(once(request, lambda: _add_block(request, found, request.POST.get("kind", "text"))))
    return to(_edit_url(found.item), f"section-{section}")


def _add_block(request: HttpRequest, section: Section, kind: str) -> str:
    block = content.add_block(actor=request.user, section=section, kind=kind)
    edit_url = getattr(BLOCK_KINDS[kind], "edit_url", None)
    return edit_url(block) if edit_url else f"{_edit_url(section.item)}#block-{block.public_id}"


def get_block(request: HttpRequest, slug: str, block: UUID) -> Block:
    rows = Block.objects.select_related("section__item__course", "section__item__module", "draft")
    found = get_visible(rows, request.user, section__item__course__slug=slug, public_id=block)
    authorize(request.user, "courses.change_block", found)
    return found


@require_POST
def block_edit(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    """Save the block's draft. What was typed is kept whatever happens."""
    found = get_block(request, slug, block)
    item = found.section.item
    form = block_form(found, request.POST, request.FILES)
    if form.edit_url:
        return redirect(form.edit_url)
    add_files_to_texts(request, [form])
    if not form.is_valid():
        return _editor(request, item, block=found, typed=form, status=REFUSED)
    try:
        content.change_block(actor=request.user, block=found, **form.values(_store_uploads(request, form)))
    except Stale as error:
        stored = found.draft.text if found.draft else ""
        typed = block_form(found, {**dict(form.data.items()), "version": str(error.current_version)})
        add_domain_error_after_checks(typed, error)
        return _editor(request, item, block=found, typed=typed, stored_text=stored, status=error.status)
    except DomainError as error:
        add_domain_error(form, error)
        return _editor(request, item, block=found, typed=form, status=REFUSED)
    messages.success(request, _("Saved as a draft."))
    return to(_edit_url(item), f"block-{block}")


def _store_uploads(request: HttpRequest, form: SettingsForm) -> dict[str, StoredFile]:
    """The files that came with the form, stored; what is wrong with one is said at its field."""
    stored = {}
    for name, content_of in uploads(form).items():
        try:
            stored[name] = store_sent(actor=request.user, sent=content_of, purpose=MEDIA)
        except Invalid as refused:
            raise Invalid(refused.code, refused.message, fields={name: [refused.message]}) from refused
    return stored


@require_POST
def block_move(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    """A step up or down, a place in the section, or a place in another section of the lesson."""
    found = get_block(request, slug, block)
    target = request.POST.get("section", "")
    section = get_section(request, slug, as_uuid(target)) if target else None

    def move() -> None:
        position = wanted_position(request, LAST if section else block_position(found))
        content.move_block(actor=request.user, block=found, position=position, section=section)

    return moved(request, move, _edit_url(found.section.item), f"block-{block}")


@require_POST
def block_bin(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    found = get_block(request, slug, block)
    with domain_errors_as_messages(request):
        content.bin_block(actor=request.user, block=found)
        say_binned(request, BLOCK_KINDS[found.kind].label, reverse("courses:block-restore", args=[slug, block]))
    return to(_edit_url(found.section.item), f"section-{found.section.public_id}")


@require_POST
def block_restore(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    rows = in_course(Block, get_course(request, slug)).select_related("section__item__course")
    found = get_object_or_404(rows, public_id=block)
    with domain_errors_as_messages(request):
        content.restore_block(actor=request.user, block=found)
    return to(_edit_url(found.section.item), f"block-{block}")
