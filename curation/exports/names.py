"""Names for files and folders that every system takes, each of them once."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 120  # bytes: a number and a suffix still fit into the 255 of most file systems
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u2028\u2029]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(text: str, otherwise: str) -> str:
    """``text`` as one part of a path, ``otherwise`` where nothing of it can be kept.

    Neither slashes nor what Windows refuses, no dot at either end, so that it leads nowhere else
    and is not hidden.
    """
    known = text.encode("utf-8", "replace").decode()
    allowed = _UNSAFE.sub("_", unicodedata.normalize("NFC", known))
    plain = allowed.encode()[:_LONGEST].decode("utf-8", "ignore").strip(". ")
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain or otherwise


class FreeNames:
    """Hands out names of one folder: no two differ by letter case or suffix alone, as some systems
    and readers take these for one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str, otherwise: str) -> str:
        """A safe name, without suffix, that nobody has; with ``otherwise`` or a number behind it
        where it is taken."""
        wanted = safe_name(text, otherwise)
        name, again = wanted, 1
        while name.casefold() in self._taken:
            name = f"{wanted}-{otherwise}" if again == 1 else f"{wanted}-{otherwise}-{again}"
            again += 1
        self._taken.add(name.casefold())
        return name
