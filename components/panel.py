"""What all panels share: a frame that mounts an ES module, and safe server functions."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from curation.errors import CurationError

log = logging.getLogger("curation.page")

FAILED = "() => { element.textContent = 'This part did not arrive; reload the page.'; }"

ITEM_ID = re.compile(r"[0-9a-f]{32}")


class ArgumentsError(CurationError):
    """The page sent something a panel cannot use."""


class Arguments:
    """The one JSON object a server function receives, read with checks."""

    def __init__(self, values: Any) -> None:
        if values is not None and not isinstance(values, dict):
            raise ArgumentsError(
                f"Expected an object of named arguments, got {type(values).__name__}; "
                "reload the page."
            )
        self._values: dict[str, Any] = values or {}

    def text(self, name: str) -> str:
        """A non-empty string."""
        value = self._values.get(name)
        if not isinstance(value, str) or not value.strip():
            raise ArgumentsError(f"Expected a text for {name!r}, got {value!r}; enter one.")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._values.get(name)
        return self.text(name) if value not in (None, "") else None

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer in ``[low, high]``."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ArgumentsError(
                f"Expected a whole number from {low} to {high} for {name!r}, got {value!r}."
            )
        return value

    def optional_integer(self, name: str, low: int, high: int) -> int | None:
        return None if self._values.get(name) is None else self.integer(name, low, high)

    def flag(self, name: str) -> bool:
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise ArgumentsError(f"Expected true or false for {name!r}, got {value!r}.")
        return value

    def item(self, name: str) -> str:
        """An item id: 32 hex digits."""
        value = self.text(name)
        if not ITEM_ID.fullmatch(value):
            raise ArgumentsError(
                f"Expected an item id for {name!r}, got {value!r}; reload the page."
            )
        return value

    def optional_item(self, name: str) -> str | None:
        return None if self._values.get(name) is None else self.item(name)

    def texts(self, name: str) -> list[str]:
        """A list of strings (absent: empty)."""
        values = self._values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise ArgumentsError(f"Expected a list of texts for {name!r}, got {values!r}.")
        return values

    def items(self, name: str) -> list[str]:
        """A non-empty list of item ids."""
        values = self.texts(name)
        if not values or not all(ITEM_ID.fullmatch(v) for v in values):
            raise ArgumentsError(f"Expected item ids for {name!r}; tick at least one item.")
        return values

    def mappings(self, name: str) -> list[dict[str, Any]]:
        """A list of JSON objects."""
        values = self._values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
            raise ArgumentsError(f"Expected a list of objects for {name!r}; reload the page.")
        return values

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._values.get(name) or {}
        if not isinstance(value, dict):
            raise ArgumentsError(f"Expected an object for {name!r}, got {value!r}.")
        return value


ServerFunction = Callable[[Any], Any]


def answers(function: Callable[[Arguments], Any]) -> ServerFunction:
    """Make a server function: arguments checked, failures returned as ``{"error", "kind"}``.

    Gradio's client swallows a failed call, so the page could not show what went wrong.
    """

    @functools.wraps(function)
    def answer(values=None):  # type: ignore[no-untyped-def]
        try:
            return function(Arguments(values))
        except CurationError as error:
            return {"error": str(error), "kind": type(error).__name__}
        except Exception as error:
            log.exception("%s failed", function.__name__)
            text = f"{type(error).__name__}: {error}. The server's log has the details."
            return {"error": text, "kind": type(error).__name__}

    del answer.__wrapped__  # Gradio reads the signature: it must see the plain JSON argument
    answer.__annotations__ = {}
    return answer


def frame(name: str, functions: Sequence[ServerFunction], module: str = "") -> gr.HTML:
    """A panel whose content ``assets/js/<module>.js`` builds with the given server functions;
    the module is named like the panel where none is given."""
    script = f"new URL('assets/js/{module or name}.js', document.baseURI).href"
    return gr.HTML(
        "",
        elem_id=f"panel-{name}",
        elem_classes=["panel"],
        apply_default_css=False,
        server_functions=list(functions),
        js_on_load=f"import({script}).then((panel) => panel.mount(element, server), {FAILED});",
    )
