"""What is kept, each behind a port with today's store: `library` holds takes, `tables` what is set for a class.

`blobs` holds what can be made again.
"""

from musegen.library.blob_store import Blobs, FolderBlobs
from musegen.library.sqlite_store import SqliteStore
from musegen.library.sqlite_tables import SqliteTables
from musegen.library.store import Store
from musegen.library.table_store import Tables

library: Store = SqliteStore()
"""Where this program keeps takes: one file under MUSEGEN_HOME."""

tables: Tables = SqliteTables()
"""Where this program keeps the tables of a class and their galleries: the same file."""

blobs: Blobs = FolderBlobs()
"""Where this program keeps sounds that it made: the folder MUSEGEN_HOME."""

__all__ = ["blobs", "library", "tables"]
