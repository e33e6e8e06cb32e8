"""What is kept, behind ports: `library` holds takes, `desks` what is worked on, `tables` what is set for a class.

`trials` holds the answers of listeners, `blobs` what can be made again.
"""

from musegen.library.blob_store import Blobs, FolderBlobs
from musegen.library.desks import Desks
from musegen.library.sqlite_desks import SqliteDesks
from musegen.library.sqlite_store import SqliteStore
from musegen.library.sqlite_tables import SqliteTables
from musegen.library.sqlite_trials import SqliteTrials
from musegen.library.store import Store
from musegen.library.table_store import Tables
from musegen.library.trials import Trials

library: Store = SqliteStore()
"""Where this program keeps takes: one file under MUSEGEN_HOME."""

tables: Tables = SqliteTables()
"""Where this program keeps the tables of a class and their galleries: the same file."""

desks: Desks = SqliteDesks()
"""Where this program keeps what is worked on: the same file."""

trials: Trials = SqliteTrials()
"""Where this program keeps listening tests: a file of its own under MUSEGEN_HOME."""

blobs: Blobs = FolderBlobs()
"""Where this program keeps sounds that it made: the folder MUSEGEN_HOME."""

__all__ = ["blobs", "desks", "library", "tables", "trials"]
