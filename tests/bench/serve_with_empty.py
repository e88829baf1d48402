"""The app, plus one route that does nothing and a function of the page that calls it: the unit of
the benchmarks.

    python tests/bench/serve_with_empty.py PATH --no-browser

The page then has ``window.bench.empty()``. Everything else is the app as it is shipped.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from fastapi import APIRouter

import app
from components import page
from curation.http import app as http

CALL = """
<script>
  window.bench = { empty: () =>
    fetch(new URL("api/empty", document.baseURI), { method: "POST" }).then((r) => r.json()) };
</script>
"""


def router(_workspace: object) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.post("/empty")
    def empty() -> dict[str, str]:
        return {}

    return routes


if __name__ == "__main__":
    http.TOPICS = (*http.TOPICS, SimpleNamespace(router=router))
    page.HEAD += CALL
    sys.exit(app.main())
