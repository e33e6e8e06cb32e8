"""Files of takes at addresses of their own, made when they are asked for. OfferedFiles.

An address holds for as long as it is among the last ones offered, whatever the page does meanwhile: while something is
composed, the files are those of the take that is shown.
"""

import secrets
import threading
from collections import OrderedDict

from musegen.composers.request import Take
from musegen.services.showing import downloads as studio
from musegen.services.showing.downloads import Download

MAX_OFFERS = 1000
"""Takes whose files may be asked for at one time; the one not asked for longest is forgotten first."""


class OfferedFiles:
    """Takes whose files may be asked for; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offers: OrderedDict[str, tuple[Take, str | None]] = OrderedDict()
        self._keys: dict[tuple[Take, str | None], str] = {}

    def offer(self, take: Take, recipe: str | None) -> str:
        """Return the key under which the files of a take can be asked for; nobody can guess it.

        Args:
            take: the music, titled, with the instruments that were chosen.
            recipe: how it was made.
        """
        offer = (take, recipe)
        with self._lock:
            key = self._keys.get(offer)
            if key is None:
                key = self._keys[offer] = secrets.token_urlsafe(18)
                self._offers[key] = offer
                while len(self._offers) > MAX_OFFERS:
                    del self._keys[self._offers.popitem(last=False)[1]]
            self._offers.move_to_end(key)
        return key

    def file(self, key: str, file_format: str) -> Download | None:
        """Return a file of a take that was offered under a key; None where there is no such offer or format.

        Raises:
            RenderingError: sound or pages cannot be made.
        """
        with self._lock:
            offer = self._offers.get(key)
            if offer is None or not studio.is_format(file_format):
                return None
            self._offers.move_to_end(key)
        return studio.download(offer[0], file_format, offer[1])
