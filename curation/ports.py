"""Which address a server takes."""

from __future__ import annotations

import socket

from curation.errors import CurationError

FIRST_PORT = 7860
PORTS_TRIED = 20


def free_port(host: str, wanted: int | None) -> int:
    """The port asked for, or the first free one from 7860 on; CurationError where none is free."""
    tried = range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if wanted is None else [wanted]
    for port in tried:
        if not _answers(host, port) and _binds(host, port):
            return port
    taken = f"Port {tried[0]} is" if wanted is not None else f"Ports {tried[0]} to {tried[-1]} are"
    raise CurationError(f"{taken} taken on {host}; name a free one with --port.")


def url_of(host: str, port: int) -> str:
    """The address to open in a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _binds(host: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror as error:
        raise CurationError(f"Unknown address {host!r} for --host: {error.strerror}.") from error
    except OverflowError as error:
        raise CurationError(f"Expected a port from 1 to 65535, got {port}.") from error
    except PermissionError as error:
        raise CurationError(f"Port {port} needs more rights; name one above 1023.") from error
    except OSError:
        return False
    return True
