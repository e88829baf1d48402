"""Who may reach the page, as options and environment say."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from curation.errors import CurationError
from curation.http.access import Access, Login, login_in, login_of, origin_of, root_path_of

VARIABLE = "CURATION_AUTH"
_LOCAL = ("127.0.0.1", "localhost", "::1")


def access_of(options: Namespace) -> Access:
    """Who may reach the page; CurationError where the whole network could without a login."""
    login = _login(options)
    if options.host not in _LOCAL and login is None:
        raise CurationError(
            f"Serving on {options.host} would let everyone on the network see your images and "
            f"answer for you; set a login with --auth-file FILE, the variable {VARIABLE} or --auth "
            "USER:PASS, or leave --host out."
        )
    return Access(
        login,
        tuple(map(origin_of, options.allow_origin or ())),
        root_path_of(options.root_path),
        options.proxy_headers,
    )


def _login(options: Namespace) -> Login | None:
    """The login of the option, of the file, or of the environment, in this order."""
    if options.auth is not None and options.auth_file is not None:
        raise CurationError("Expected --auth or --auth-file, got both; leave one out.")
    if options.auth is not None:
        return login_of(options.auth, "--auth")
    if options.auth_file is not None:
        return login_in(Path(options.auth_file))
    given = os.environ.get(VARIABLE)
    return login_of(given, VARIABLE) if given else None
