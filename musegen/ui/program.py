"""What all sessions of this server share, as pages and routes get it: program."""

from functools import cache

from musegen.services.program import Program


@cache
def program() -> Program:
    """Return the machinery behind all sessions, made at the first call."""
    return Program()
