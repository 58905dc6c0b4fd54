from files.selectors.addresses import file_url, file_urls

__all__ = ["file_url", "file_urls"]
