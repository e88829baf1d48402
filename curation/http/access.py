"""Who may reach the server, and under which address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from curation.errors import CurationError
from curation.http.guard import LOOPBACK_HOSTS, host_name

Login = tuple[str, str]
LOGIN_FORM = "USER:PASS"


@dataclass(frozen=True)
class Access:
    """Who may reach the server, and under which address.

    ``login`` is the name and password asked for, None for none. ``origins`` are further addresses,
    as ``https://example.org``, that the page is opened at. ``root_path`` begins every path, unless
    a proxy takes it off. ``proxy_headers``: a proxy in front is believed what it says of the
    address.
    """

    login: Login | None = None
    origins: tuple[str, ...] = ()
    root_path: str = ""
    proxy_headers: bool = False

    def hosts(self) -> frozenset[str] | None:
        """Names that the server answers to, ports aside; None for any.

        A login keeps other sites out by itself, also behind a proxy that passes its own name on.
        """
        if self.login is not None:
            return None
        return frozenset((*LOOPBACK_HOSTS, *(host_name(urlsplit(o).netloc) for o in self.origins)))


def origin_of(text: str) -> str:
    """An address as a browser names it in ``Origin``: scheme, host, and a port that is not usual.

    Raises CurationError for what is none.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    usual = {"http": 80, "https": 443}
    if parts.scheme not in usual or not parts.hostname or parts.username or parts.query:
        raise CurationError(
            f"Expected an address such as https://example.org for --allow-origin, got {text!r}; "
            "copy the beginning of what the browser shows."
        )
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, usual[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{name}{shown}"


def root_path_of(text: str) -> str:
    """A path that begins all others: with a slash before and none behind; "" for none.

    Raises CurationError for what is none.
    """
    path = text.strip().rstrip("/")
    if path and (not path.startswith("/") or path.startswith("//") or set(path) & set("?#%\\ ")):
        raise CurationError(
            f"Expected a path such as /curation for --root-path, got {text!r}; it begins with a "
            "slash, without host or query."
        )
    return path


def login_of(text: str, where: str) -> Login:
    """Name and password from ``USER:PASS``; the password may hold colons.

    Raises CurationError, which names ``where`` it was and never what it said.
    """
    user, colon, password = text.partition(":")
    if not (user and colon and password) or not text.isprintable():
        raise CurationError(
            f"Expected {LOGIN_FORM} in {where}, got another form (not shown here); write the name, "
            "a colon and the password, in one line."
        )
    return user, password


def login_in(file: Path) -> Login:
    """Name and password from the one line of a file. Raises CurationError."""
    try:
        text = file.expanduser().read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CurationError(
            f"Expected text in {file}, got bytes that are no UTF-8; save it as UTF-8."
        ) from error
    except OSError as error:
        raise CurationError(
            f"Expected a file with {LOGIN_FORM} at {file}, got {error.strerror}; check --auth-file."
        ) from error
    return login_of(text.rstrip("\r\n"), str(file))
