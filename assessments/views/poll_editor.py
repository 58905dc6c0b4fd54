"""Writing a poll: its questions and options as rows."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments.forms.poll import PollEditor
from assessments.selectors import polls
from core.authz import authorize
from core.errors import DomainError
from core.shortcuts import get_visible
from courses.models import Block
from courses.purposes import MEDIA
from courses.services import content
from files.fields import add_files_to_texts
from files.services import store_sent

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
def poll_edit(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    """The poll of a block; saved as a draft that students see when the lesson is published."""
    found = get_visible(polls.poll_blocks(), request.user, section__item__course__slug=slug, public_id=block)
    authorize(request.user, "courses.change_block", found)
    if request.method != "POST":
        return _page(request, found, PollEditor(found))
    editor = PollEditor(found, request.POST, request.FILES)
    refused = add_files_to_texts(request, [editor.form])
    if more := request.POST.get("more"):
        editor.add_rows(more)
        for sentence in refused:
            messages.error(request, sentence)
        return _page(request, found, editor)
    if editor.is_valid():
        try:
            _save(request, found, editor)
        except DomainError as error:
            editor.refuse(error)
        else:
            messages.success(request, _("Saved as a draft. Students see it when the lesson is published."))
            return redirect("courses:item-edit", slug, found.section.item.public_id)
    return _page(request, found, editor, status=REFUSED)


def _save(request: HttpRequest, block: Block, editor: PollEditor) -> None:
    actor: Any = request.user
    stored = {name: store_sent(actor=actor, sent=sent, purpose=MEDIA) for name, sent in editor.uploads().items()}
    content.change_block(actor=actor, block=block, **editor.values(stored))


def _page(request: HttpRequest, block: Block, editor: PollEditor, *, status: int = 200) -> HttpResponse:
    item = block.section.item
    context = {"nav_active": "teaching", "course": item.course, "item": item, "editor": editor, "form": editor.form}
    return render(request, "assessments/poll_edit.html", context, status=status)
