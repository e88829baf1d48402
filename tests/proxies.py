"""A real nginx in front of a server, as a child of the tests, on ports that anybody may use."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving import wait_until_up

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
WHY_NOT = "no nginx found: install Debian's package nginx-light"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that it signed itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key),
         "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@contextmanager
def nginx(folder: Path, port: int, servers: str) -> Iterator[None]:
    """Runs nginx with these server blocks; one of them listens on ``port``."""
    temporary = "\n".join(f"{name}_temp_path {folder / name};" for name in _TEMPORARY)
    conf = folder / "nginx.conf"
    conf.write_text(
        # Workers of root's nginx are somebody else, who may not write below a test's folder.
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; worker_processes 1;\n"
        f"pid {folder / 'nginx.pid'};\n"
        f"error_log {folder / 'error.log'};\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}\n{servers}\n}}\n"
    )
    command = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(conf)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert wait_until_up("127.0.0.1", port), conf.read_text()
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)
