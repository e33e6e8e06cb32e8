"""What is kept: `library` holds takes, `blobs` what can be made again; each is a port with today's store behind it."""

from musegen.library.blob_store import Blobs, FolderBlobs
from musegen.library.sqlite_store import SqliteStore
from musegen.library.store import Store

library: Store = SqliteStore()
"""Where this program keeps takes: one file under MUSEGEN_HOME."""

blobs: Blobs = FolderBlobs()
"""Where this program keeps sounds that it made: the folder MUSEGEN_HOME."""

__all__ = ["blobs", "library"]
