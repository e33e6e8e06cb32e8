"""Files of takes at addresses of their own, made when they are asked for. offer_files, offered_file.

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

_lock = threading.Lock()
_offers: OrderedDict[str, tuple[Take, str | None]] = OrderedDict()
_keys: dict[tuple[Take, str | None], str] = {}


def offer_files(take: Take, recipe: str | None) -> str:
    """Return the key under which the files of a take can be asked for; nobody can guess it.

    Args:
        take: the music, titled, with the instruments that were chosen.
        recipe: how it was made.
    """
    offer = (take, recipe)
    with _lock:
        key = _keys.get(offer)
        if key is None:
            key = _keys[offer] = secrets.token_urlsafe(18)
            _offers[key] = offer
            while len(_offers) > MAX_OFFERS:
                del _keys[_offers.popitem(last=False)[1]]
        _offers.move_to_end(key)
    return key


def offered_file(key: str, file_format: str) -> Download | None:
    """Return a file of a take that was offered under a key; None where there is no such offer or format.

    Raises:
        RenderingError: sound or pages cannot be made.
    """
    with _lock:
        offer = _offers.get(key)
        if offer is None or not studio.is_format(file_format):
            return None
        _offers.move_to_end(key)
    return studio.download(offer[0], file_format, offer[1])
