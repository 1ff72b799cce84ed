"""A municipality as a folder of data: read strictly, check, write back, start from the blank."""

from core.tenancy.folder.checking import Finding, check_folder, check_path
from core.tenancy.folder.content import FolderError, TenantFolder
from core.tenancy.folder.reading import list_folders, read_associations, read_folder
from core.tenancy.folder.writing import new_folder, write_folder

__all__ = [
    "Finding",
    "FolderError",
    "TenantFolder",
    "check_folder",
    "check_path",
    "list_folders",
    "new_folder",
    "read_associations",
    "read_folder",
    "write_folder",
]
