"""What is kept, behind ports: `library` holds takes, `desks` what is worked on, `tables` what is set for a class.

`trials` holds the answers of listeners, `blobs` what can be made again. Where all of it lies is one setting for what is
kept, MUSEGEN_STORE, and one for what can be made again, MUSEGEN_BLOBS; see `places`.
"""

from musegen.library.blob_store import Blobs
from musegen.library.desks import Desks
from musegen.library.places import ChosenBlobs, ChosenDatabase
from musegen.library.sql_desks import SqlDesks
from musegen.library.sql_store import SqlStore
from musegen.library.sql_tables import SqlTables
from musegen.library.sql_trials import SqlTrials
from musegen.library.sqlite_database import trials_layout
from musegen.library.store import Store
from musegen.library.table_store import Tables
from musegen.library.trials import Trials

_database = ChosenDatabase()

library: Store = SqlStore(_database)
"""Where this program keeps takes."""

tables: Tables = SqlTables(_database)
"""Where this program keeps the tables of a class and their galleries: in the same database."""

desks: Desks = SqlDesks(_database)
"""Where this program keeps what is worked on: in the same database."""

trials: Trials = SqlTrials(ChosenDatabase(trials_layout))
"""Where this program keeps listening tests: in the same database, where it is a file, in one of their own."""

blobs: Blobs = ChosenBlobs()
"""Where this program keeps what it made and can make again."""

__all__ = ["blobs", "desks", "library", "tables", "trials"]
