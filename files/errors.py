"""What is wrong with an upload, as tus 1.0 has it told."""

from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError


class UploadProblem(DomainError):
    """A part that was not taken; nothing of it was kept. ``status`` is what tus 1.0 asks for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


def gone() -> UploadProblem:
    """For an upload whose time is over, or whose bytes are not here any more."""
    return UploadProblem(410, "upload_gone", _("This upload was forgotten: it took too long. Begin it again."))


def over() -> Conflict:
    """For an upload that is complete, to which something was to be added."""
    return Conflict("upload_over", _("This upload is complete already. Nothing more can be added."))


def busy() -> UploadProblem:
    """For an upload a part of which is being received."""
    sentence = _("Another part of this upload is being received. Try again in a moment.")
    return UploadProblem(423, "upload_busy", sentence)
