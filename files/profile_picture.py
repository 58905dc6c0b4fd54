"""The part of the page about oneself that takes one's picture."""

from typing import Any

from files.fields import UploadInput
from files.services.pictures import PURPOSE
from files.services.portraits import ENDINGS, MOST_BYTES
from files.services.sent import KeptChoice


def picture_input(*, picks: bool = True) -> UploadInput:
    """What a picture comes by: a file, sent with the form or uploaded before, or one that the person keeps."""
    accepted = {"accept": ",".join(f".{ending}" for ending in ENDINGS), "data-most": MOST_BYTES}
    return UploadInput(PURPOSE, accepted, picks=picks)


def picture_part(user: Any, sent: Any = None, error: str = "") -> dict[str, Any]:
    """For the page about oneself: what there is, and the control that takes another; with what was sent and is wrong."""
    said: dict[str, Any] = {"id": "picture-file", "aria-describedby": "picture-file_helptext"}
    chosen = sent.name if isinstance(sent, KeptChoice) else ""
    of_file, of_chosen = ("", error) if chosen else (error, "")
    if of_file:
        said |= {"aria-describedby": "picture-file_helptext picture-file_error", "aria-invalid": "true"}
    return {
        # Apart: nothing is dropped on what chooses among kept files.
        "control": picture_input(picks=False).render("file", sent, said),
        "picker": picture_input().picker("file", chosen, said, of_chosen),
        "picture": user.picture,
        "error": error,
        "file_error": of_file,
        "error_at": "picture-file_kept" if of_chosen else "picture-file",
    }
