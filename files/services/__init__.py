"""What other apps may do with files."""

from files.selectors import file_url, file_urls
from files.services.reading import opened
from files.services.sealing import is_sensitive
from files.services.sent import store_sent
from files.services.store import forget_new_files, identity_of, store_file, store_files, store_made
from files.services.usage import note_fetch, set_usages

__all__ = [
    "file_url",
    "file_urls",
    "forget_new_files",
    "identity_of",
    "is_sensitive",
    "note_fetch",
    "opened",
    "set_usages",
    "store_file",
    "store_files",
    "store_made",
    "store_sent",
]
