"""The whole application: the routes of the server, and the page on top."""

from __future__ import annotations

from fastapi import FastAPI

from components import page
from curation.http.access import Access
from curation.http.app import create_app
from curation.http.forwarded import Forwarded
from curation.http.gate import PageOnly
from curation.http.place import AtAnyAddress
from curation.workspace import Workspace


def application(workspace: Workspace, access: Access) -> FastAPI:
    """What answers under one address: REST, pictures and the page, to those who may reach it."""
    hosts = access.hosts()
    app = create_app(workspace, access.login, hosts, access.origins)
    of_gradio = page.mount(app)
    of_gradio.add_middleware(AtAnyAddress)
    of_gradio.add_middleware(PageOnly)
    app.add_middleware(Forwarded, access.root_path, proxy_headers=access.proxy_headers, hosts=hosts)
    return app
