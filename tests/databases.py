"""Every kind of database that is shipped, opened for the tests of what all stores must do: another is a line here."""

from functools import partial

import pytest

from musegen.library.postgres_database import PostgresDatabase
from musegen.library.sqlite_database import SqliteDatabase, trials_layout
from tests import postgres

KINDS = ("sqlite", "postgres")


def opener(kind, request):
    """What opens a database that was empty at the start of the test, once more at each call, as another process would.

    It takes the name of the layout, where the database is a file: "library" or "trials".
    """
    if kind == "sqlite":
        folder = request.getfixturevalue("tmp_path")
        layouts = {"library": (), "trials": (trials_layout,)}
        return lambda layout="library": SqliteDatabase(folder / f"{layout}.sqlite3", *layouts[layout])
    server = request.getfixturevalue("postgres_server")
    server.empty()
    opened = []

    def once_more(layout="library"):
        opened.append(PostgresDatabase(server.address))
        return opened[-1]

    request.addfinalizer(lambda: [database.close() for database in opened])
    return once_more


@pytest.fixture(scope="session")
def postgres_server():
    if not postgres.is_there():
        pytest.skip(postgres.LEFT_OUT)
    server = postgres.Postgres()
    yield server
    server.end()


@pytest.fixture(params=KINDS)
def database(request):
    """What opens a database of each kind."""
    return partial(opener(request.param, request))
