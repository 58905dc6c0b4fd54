"""What each stable error code means and what to do about it: the table behind /docs/errors/."""

from lms.error_docs import assessments, courses, files, notifications, operations, people, privacy, requests, signing_in
from lms.error_docs.base import ErrorDoc

_PARTS = (requests, operations, signing_in, people, privacy, courses, assessments, files, notifications)
ERROR_DOCS: dict[str, ErrorDoc] = {code: doc for part in _PARTS for code, doc in part.DOCS.items()}
