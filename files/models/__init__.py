from files.models.sharing import AccessLog, Share
from files.models.spaces import File, FileVersion, Folder, Space
from files.models.stored import Rendition, SealedBytes, StoredFile, Upload, Usage

__all__ = [
    "AccessLog",
    "File",
    "FileVersion",
    "Folder",
    "Rendition",
    "SealedBytes",
    "Share",
    "Space",
    "StoredFile",
    "Upload",
    "Usage",
]
