"""Verifies health codes and certificates without a network.

>>> from hutong_verifier import Scanner
>>> scanner = Scanner()
>>> scanner.trust(open("dsc-list.json", "rb").read())   # doctest: +SKIP
>>> scanner.verify("HC1:NCF...")["result"]              # doctest: +SKIP
'valid'
"""

import json
from datetime import datetime, timezone
from typing import Any, NamedTuple

from . import _native

__all__ = ["Added", "Scanner"]


class Added(NamedTuple):
    """What came of a trust file."""

    keys: int
    """Keys and lists that count now."""
    passed_over: int
    """Entries that could not be used."""


class Scanner:
    """Whom to trust, and what was taken back. Trusts nobody at first."""

    def __init__(self) -> None:
        self._native = _native.Scanner()

    def trust(self, file: bytes, anchor: str = "") -> Added:
        """Trust what stands in a file: every form of ``hutong verify --trust``.

        ``anchor`` is who may have signed a trust list of Hutong, as ``hutong keys anchor`` prints
        it. Raises ValueError where the file cannot be used.
        """
        return Added(*self._native.trust(file, anchor))

    def verify(self, code: str | bytes, at: datetime | None = None) -> dict[str, Any]:
        """The answer to one code, in the form of ``hutong verify --json``; never raises for a code.

        ``at`` is the time of verification, now where absent; one without a time zone is of UTC.
        """
        at = at or datetime.now(timezone.utc)
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone.utc)
        raw = code.encode("utf-8", "surrogatepass") if isinstance(code, str) else bytes(code)
        return json.loads(self._native.verify(raw, int(at.timestamp() * 1000)))
