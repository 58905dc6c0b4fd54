"""What other apps may do with files."""

from files.selectors import file_url, file_urls
from files.services.store import store_file
from files.services.usage import set_usages

__all__ = ["file_url", "file_urls", "set_usages", "store_file"]
