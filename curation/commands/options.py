"""Options that several commands share, and what they accept."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curation.items.source import Reading

_READING = ("file_column", "root", "rewrite", "encoding")
FOLDER_CHOICES = ("use", "check", "ignore")
ENCODERS = "builtin, open_clip:NAME[:FILE], timm:NAME[:FILE], distilled:FILE"


def at_least(least: int) -> Callable[[str], int]:
    """Reads a whole number of ``least`` or more; for ``type`` of an option."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number of at least {least}, got {text}"
            )
        return value

    return number


def source_options(parser: argparse.ArgumentParser, *, own: bool = False) -> None:
    """What items are read from and with; a command with its ``own`` images tells of no others."""

    def told(help: str) -> str:
        return argparse.SUPPRESS if own else help

    parser.add_argument(
        "source", nargs="?", help=told("folder, table that names images, zip or tar")
    )
    parser.add_argument("--encoder", metavar="SPEC", help=ENCODERS)
    reading_options(parser, own=own)
    parser.add_argument("--embeddings", metavar="FILE",
                        help=told(".npz, .parquet, .npy or .safetensors of vectors"))  # fmt: skip
    parser.add_argument("--embeddings2", metavar="FILE",
                        help=told("such a file of captions, sound, ..."))  # fmt: skip


def reading_options(parser: argparse.ArgumentParser, *, own: bool = False) -> None:
    """How to read a table that does not say so itself."""
    for option, name, help in (
        ("--file-column", "NAME", "column of the table that names the images"),
        ("--root", "DIR", "folder that the paths in the table start from"),
        ("--rewrite", "OLD=NEW", "another beginning of the paths in the table"),
        ("--encoding", "NAME", "encoding of the table's text, as cp1251 or shift_jis"),
    ):
        shown = argparse.SUPPRESS if own else help
        parser.add_argument(option, metavar=name, help=shown)


def reading_of(options: argparse.Namespace) -> Reading:
    """What the options say of how to read a table."""
    from curation.items.source import Reading

    given = (getattr(options, name, None) for name in _READING)
    return Reading(*given)


def labelled_options(parser: argparse.ArgumentParser) -> None:
    """The labelled items that somebody who knows the labels answers about, and by which seed."""
    source_options(parser)
    workspace_options(parser, criterion=False)
    parser.add_argument("--labels", required=True, metavar="COLUMN",
                        help="label column of the source, to answer by")  # fmt: skip
    parser.add_argument("--seed", type=at_least(0), default=0, metavar="S", help="(%(default)s)")
    json_option(parser)


def generator_option(parser: argparse.ArgumentParser) -> None:
    """What makes new images out of those there are."""
    parser.add_argument("--generator", metavar="NAME", help="plug-in that makes images, or none")


def workspace_options(parser: argparse.ArgumentParser, *, criterion: bool = True) -> None:
    """The workspace, the criterion in it, and what computes."""
    parser.add_argument("--workspace", metavar="DIR", help="folder that keeps everything")
    parser.set_defaults(criterion=None)
    if criterion:
        parser.add_argument("--criterion", metavar="NAME", help="meaning of 'belongs together'")
    device_option(parser)
    quiet_option(parser)


def quiet_option(parser: argparse.ArgumentParser) -> None:
    """Whether progress is shown on a terminal."""
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def device_option(parser: argparse.ArgumentParser) -> None:
    """What computes."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")


def json_option(parser: argparse.ArgumentParser) -> None:
    """Whether a program reads what is printed."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def serving_options(parser: argparse.ArgumentParser) -> None:
    """Where the page is served, and for whom."""
    parser.add_argument("--host", default="127.0.0.1",
                        help="address to serve on (%(default)s); others need --auth")  # fmt: skip
    parser.add_argument("--port", type=int, help="default: the first free one")
    parser.add_argument("--auth", metavar="USER:PASS",
                        help="ask for a login; whoever lists processes reads it")  # fmt: skip
    parser.add_argument("--auth-file", metavar="FILE",
                        help="file with the login; or set CURATION_AUTH")  # fmt: skip
    parser.add_argument("--allow-origin", action="append", metavar="ADDRESS",
                        help="further address the page is opened at, as https://example.org; "
                        "may be repeated")  # fmt: skip
    parser.add_argument("--root-path", metavar="PATH", default="",
                        help="path that a proxy leaves in front, as /curation")  # fmt: skip
    parser.add_argument("--proxy-headers", action="store_true",
                        help="believe X-Forwarded-Host and -Prefix; only behind a proxy "
                        "that sets them")  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--digits", action="store_true",
                        help="open the demo with scikit-learn's digits")  # fmt: skip
    parser.add_argument("--folders", choices=FOLDER_CHOICES,
                        help="of folders named by class: the choice")  # fmt: skip
    parser.set_defaults(offered=None)
