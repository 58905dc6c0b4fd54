"""What a file looks like without opening it elsewhere: pure functions from its bytes to something a page can show.

Each reads a bounded part of a seekable binary file and gives back a small frozen value, or raises ``NoPreview``. Nothing here
knows of rows, people or pages.
"""
