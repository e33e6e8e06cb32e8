"""Results of all visits: kept where desks are, the last used ones in memory. Results."""

import threading
from collections import OrderedDict

from musegen.errors import FileFormatError, LibraryError
from musegen.library.desks import Desks
from musegen.services.keeping.desk_parts import Result, read_result

MAX_TAKES = 400
"""Takes in memory, of all visits together."""


class Results:
    """Results by the id under which they lie on a desk; threads may share it.

    Args:
        desks: where they lie.
    """

    def __init__(self, desks: Desks) -> None:
        self._desks = desks
        self._lock = threading.Lock()
        self._used: OrderedDict[tuple[str, str], Result] = OrderedDict()

    def note(self, owner: str, part_id: str, result: Result) -> None:
        """Have a result, which lies on a desk of its owner now, at hand for as long as it is among the last used."""
        with self._lock:
            self._used[owner, part_id] = result
            self._used.move_to_end((owner, part_id))
            count = sum(len(each.takes) for each in self._used.values())
            while count > MAX_TAKES and len(self._used) > 1:
                count -= len(self._used.popitem(last=False)[1].takes)

    def get(self, owner: str, part_id: str) -> Result:
        """Return a result.

        Raises:
            LibraryError: it is not there any more, damaged, or cannot be read now.
        """
        with self._lock:
            if found := self._used.get((owner, part_id)):
                self._used.move_to_end((owner, part_id))
                return found
        try:
            text = self._desks.part(owner, part_id)
            if text is None:
                raise FileFormatError("It is gone.")
            result = read_result(text)
        except FileFormatError as error:
            raise LibraryError("A result of earlier is not there any more; compose it again.") from error
        self.note(owner, part_id, result)
        return result
