"""What readers of bytes that lie elsewhere, or otherwise than they are read, have in common."""

import io
import os


class Positioned(io.RawIOBase):
    """A reader that goes to any place between its beginning and beyond its end; ``size`` is that of its content.

    Who derives from it says ``size`` and reads, in ``readinto``, from ``_at`` on.
    """

    size = 0
    _at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Raises ``ValueError`` for a place before the beginning."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at
