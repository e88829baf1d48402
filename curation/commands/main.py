"""The command line; ``serve`` is handed in by ``app``, so that nothing here needs the page."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from curation import __version__
from curation import settings as configuration
from curation.commands.distill import add_distill, run_distill
from curation.commands.draw import add_draw, run_draw
from curation.commands.options import at_least, serving_options, source_options
from curation.commands.simulate import HELP as SIMULATE
from curation.commands.simulate import add_simulate, run_simulate
from curation.commands.teach import HELP as TEACH
from curation.commands.teach import add_teach, run_teach
from curation.errors import CurationError, SourceError, UnknownName, WorkspaceError
from curation.paths import Paths, slug
from curation.settings import WorkspaceSettings

Options = argparse.Namespace
Serve = Callable[[Options], int]
HOME = Path.home() / ".curation"
DEMO = "Open the demo: images of everyday objects, with three criteria to pick from."
LOCAL = ("127.0.0.1", "localhost", "::1")
COMMANDS = (
    "serve", "demo", "encode", "propose", "decide", "train", "groups", "export", "simulate",
    "strategies", "objectives", "teach", "distill", "draw", "doctor",
)  # fmt: skip


def main(arguments: Sequence[str], serve: Serve) -> int:
    """Run a command; a source in place of a command is served. Returns the exit status."""
    given = list(arguments)
    if not given or given[0] not in (*COMMANDS, "-h", "--help", "--version"):
        given = ["serve", *given]
    parser = build_parser()
    options = parser.parse_args(given)
    try:
        return int(RUN[options.command](options, serve))
    except CurationError as error:
        print(f"curation: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = "" if error.filename is None else f" ({error.filename})"
        print(f"curation: {error.strerror or error}{where}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = argparse.ArgumentParser(
        prog="curation",
        description="Review pairs of your images; the embedding space learns while you work.",
        epilog="curation PATH is short for curation serve PATH; curation alone opens the demo. "
        "curation COMMAND --help tells a command's options.",
    )
    parser.add_argument("--version", action="version", version=f"curation {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, help: str, *, source: bool = False, criterion: bool = True
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        if source:
            source_options(added, own=name == "demo")
        if name in ("serve", "demo", "encode"):
            added.add_argument("--generator", metavar="NAME",
                               help="plug-in that makes images, or none")  # fmt: skip
        added.add_argument("--workspace", metavar="DIR", help="folder that keeps everything")
        added.set_defaults(criterion=None)
        if criterion:
            added.add_argument("--criterion", metavar="NAME", help="meaning of 'belongs together'")
        added.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
        return added

    serving_options(command("serve", "Open the page in the browser.", source=True))
    serving_options(command("demo", DEMO, source=True))
    # the same embeddings for every criterion
    encode = command("encode", "Embed a source without serving it.", source=True, criterion=False)
    propose = command("propose", "Print the pairs whose answer teaches most.")
    propose.add_argument("--strategy", default="mix", metavar="ID",
                         help="chooses the pairs (%(default)s)")  # fmt: skip
    propose.add_argument("--budget", type=at_least(1), default=20, metavar="N",
                         help="pairs to print (%(default)s)")  # fmt: skip
    decide = command("decide", "Record decisions from a CSV, JSONL or Parquet file.")
    decide.add_argument("--file", required=True, metavar="FILE",
                        help="columns a, b (ids or file names), verdict")  # fmt: skip
    decide.add_argument("--reviewer", default="file", metavar="NAME", help="(%(default)s)")
    train = command("train", "Train a generation on all decisions so far.")
    train.add_argument("--objective", metavar="ID", help="default: the criterion's own")
    groups = command("groups", "Print the groups and the predicted grouping.")
    groups.add_argument("--k", type=_groups, default=None, metavar="N|auto",
                        help="number of predicted groups; default: estimated")  # fmt: skip
    export = command("export", "Write files for training code.")
    export.add_argument("--what", default="pairs", metavar="WHAT",
                        help="pairs, negatives, triplets, groups, embeddings or adapter "
                        "(%(default)s)")  # fmt: skip
    export.add_argument("--format", default="parquet", metavar="FORMAT",
                        help="csv, jsonl, parquet, npz of embeddings (%(default)s)")  # fmt: skip
    export.add_argument("--out", required=True, metavar="PATH", help="file or folder to write")
    export.add_argument("--implied", action="store_true", help="add pairs that follow from others")
    simulate = command("simulate", SIMULATE, source=True, criterion=False)
    add_simulate(simulate)
    add_teach(command("teach", TEACH, source=True, criterion=False))
    add_distill(commands)
    add_draw(commands)
    listed = (
        command("strategies", "List the ways to choose pairs, and what they need."),
        command(
            "objectives",
            "List what a space can be trained on; settings are fixed.",
            criterion=False,
        ),
        command("doctor", "Check this installation.", criterion=False),
    )
    for added in (encode, propose, train, groups, export, simulate, decide, *listed):
        added.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _groups(text: str) -> int | None:
    return None if text == "auto" else at_least(1)(text)


def workspace_folder(options: Options) -> Path:
    """The folder named, or one below ``~/.curation`` that belongs to the source."""
    if options.workspace:
        return Path(options.workspace).expanduser()
    named = getattr(options, "source", None) or getattr(options, "embeddings", None)
    if named is None:
        raise CurationError("Name the workspace with --workspace.")
    source = Path(named).expanduser().absolute()
    digest = hashlib.blake2b(str(source).encode("utf-8", "surrogateescape"), digest_size=4)
    return HOME / f"{slug(source.name)}-{digest.hexdigest()}"


def _serve(options: Options, serve: Serve) -> int:
    if options.host not in LOCAL and options.auth is None:
        raise CurationError(
            f"Serving on {options.host} would let everyone on the network see your images and "
            "answer for you; add --auth USER:PASS, or leave --host out."
        )
    named = options.source or options.embeddings or _known(options.workspace)
    if options.digits or not named:
        return _demo(options, serve)
    options.workspace = workspace_folder(options)
    return serve(options)


def _known(workspace: str | None) -> bool:
    """Whether a workspace was named that was opened before."""
    return workspace is not None and Paths(Path(workspace).expanduser()).settings.exists()


def _demo(options: Options, serve: Serve) -> int:
    if given := options.source or options.embeddings:
        raise SourceError(f"The demo brings its own images; open {given} without the word demo.")
    options.workspace = options.workspace or HOME / ("demo-digits" if options.digits else "demo")
    images = Path(options.workspace) / ("images" if options.digits else "objects")
    _refuse_another(options.workspace, images)
    if options.digits:
        from curation.demo.digits import digits_source

        options.source = digits_source(images)
        return serve(options)
    from curation.demo import packed

    options.source = packed.objects_source(images)
    options.offered = packed.CRITERIA
    return serve(options)


def _refuse_another(workspace: str | Path, images: Path) -> None:
    """Raises WorkspaceError where the workspace holds other images than the demo's ``images``."""
    file = Paths(Path(workspace).expanduser()).settings
    made = configuration.read(file, WorkspaceSettings)
    before = made.embeddings or made.source
    if before and Path(before).exists() and Path(before).parent != images.expanduser().resolve():
        raise WorkspaceError(
            f"The workspace {workspace} was made of {before}; the demo brings its own images. "
            "Leave --workspace out, or name a new folder with it."
        )


def _open(options: Options) -> AbstractContextManager[Any]:
    """The workspace; only ``encode`` makes one, and only ``decide`` adds a criterion here."""
    from curation.workspace import open_workspace

    folder = workspace_folder(options)
    if options.command != "encode" and not Paths(folder).settings.exists():
        raise WorkspaceError(
            f"No workspace at {folder}; check --workspace, or make one: "
            f"curation encode SOURCE --workspace {folder}"
        )
    return open_workspace(
        folder,
        source=getattr(options, "source", None),
        encoder=getattr(options, "encoder", None),
        embeddings=getattr(options, "embeddings", None),
        embeddings2=getattr(options, "embeddings2", None),
        generator=getattr(options, "generator", None),
        criterion=options.criterion if options.command == "decide" else None,
        device=options.device,
        inline=True,
    )


def _encode(options: Options, _: Serve) -> int:
    with _open(options) as workspace:
        status = workspace.status(_criterion(options, workspace))
        unreadable = workspace.overview()["unreadable"]
        shown = {
            "items": status["items"],
            "embedded": status["embedded"],
            "encoder": workspace.overview()["encoder"],
            "unreadable": unreadable,
        }
        _print(options, shown, f"{shown['embedded']} of {shown['items']} items embedded.")
        if not options.json:
            for one in unreadable:
                print(f"skipped {one['path']}: {one['reason']}", file=sys.stderr)
    return 0


def _propose(options: Options, _: Serve) -> int:
    with _open(options) as workspace:
        rows = workspace.propose(_criterion(options, workspace), options.strategy, options.budget)
        _print(
            options,
            rows,
            "\n".join(
                f"{r['score']:.3f} {r['kind']:15s} {r['a']} {r['b']} {r['reason']}" for r in rows
            )
            or "Nothing left to ask.",
        )
    return 0


def _decide(options: Options, _: Serve) -> int:
    with _open(options) as workspace:
        criterion = _criterion(options, workspace)
        done = workspace.take_decisions(criterion, options.reviewer, Path(options.file))
        _print(options, done, f"{done['recorded']} recorded, {done['known']} known before.")
    return 0


def _train(options: Options, _: Serve) -> int:
    with _open(options) as workspace:
        criterion = _criterion(options, workspace)
        number = workspace.train_now(criterion, options.objective)
        made = next(row for row in workspace.generations(criterion) if row["number"] == number)
        _print(options, made, f"Generation {number}: {made['decisions']} decisions.")
    return 0


def _groups_command(options: Options, _: Serve) -> int:
    with _open(options) as workspace:
        criterion = _criterion(options, workspace)
        shown = {
            **workspace.groups(criterion),
            "predicted": workspace.predicted(criterion, options.k),
        }
        lines = [f"{group['size']:6d} {group['name'] or group['id']}" for group in shown["groups"]]
        predicted = shown["predicted"]
        lines.append(f"{predicted['k']} predicted groups{' (estimated)' * predicted['estimated']}:")
        lines += [f"{group['size']:6d} {group['name']}" for group in predicted["groups"]]
        _print(options, shown, "\n".join(lines))
    return 0


def _export(options: Options, _: Serve) -> int:
    with _open(options) as workspace:
        done = workspace.export(
            _criterion(options, workspace),
            options.what,
            options.format,
            out=options.out,
            implied=options.implied,
        )
        _print(options, done, f"{done['rows']} rows in {done['path']}")
    return 0


def _strategies(options: Options, _: Serve) -> int:
    """The catalogue; with --workspace also what is absent there."""
    from curation.proposals import registry

    rows = registry.catalogue()
    if options.workspace:
        with _open(options) as workspace:
            rows = workspace.strategies(_criterion(options, workspace))
    _print(options, rows, "\n".join(map(_strategy_line, rows)))
    return 0


def _strategy_line(row: dict[str, Any]) -> str:
    """What proposes which kind, and below it what for; one that was not loaded has no more."""
    line = _line(f"{row['id']:15s} {row['kind']:15s} {row['paper']}", row)
    return f"{line}\n    {row['summary']}. {row['when']}" if row["summary"] else line


def _line(line: str, row: dict[str, Any]) -> str:
    """One row of a catalogue: ``line``, its needs and defaults, and what is absent."""
    needs = f" | needs {', '.join(row['needs'])}" if row["needs"] else ""
    set_by = ", ".join(f"{name}={value}" for name, value in row["defaults"].items())
    absent = f" [absent: {row['absent']}]" if row["absent"] else ""
    return f"{line}{needs}{' | ' if set_by else ''}{set_by}{absent}"


def _objectives(options: Options, _: Serve) -> int:
    from curation.learning import objectives

    rows = objectives.described()
    _print(options, rows, "\n".join(map(_objective_line, rows)))
    for name, reason in objectives.broken().items():
        print(f"curation: objective {name!r} cannot be used: {reason}", file=sys.stderr)
    return 0


def _objective_line(row: dict[str, Any]) -> str:
    ignores = "" if "answers" in row["needs"] else ", ignores answers"
    return _line(
        f"{row['id']:23s} {row['summary']}{ignores} [{row['paper']}; {row['source']}]", row
    )


def _doctor(options: Options, _: Serve) -> int:
    from curation.commands.doctor import checks

    found = checks()
    _print(
        options, found, "\n".join(f"{c['name']:14s} {c['state']:5s} {c['detail']}" for c in found)
    )
    return 0 if all(check["state"] != "bad" for check in found) else 1


def _criterion(options: Options, workspace: Any) -> str:
    """The criterion named, else the only or oldest one. Raises UnknownName."""
    names = [str(row["name"]) for row in workspace.criteria()]
    if options.criterion is None:
        return names[0]
    name = str(options.criterion).strip()
    if name not in names:
        raise UnknownName("criterion", name, names)
    return name


def _print(options: Options, value: Any, text: str) -> None:
    print(json.dumps(value, ensure_ascii=False) if options.json else text)


RUN: dict[str, Callable[[Options, Serve], int]] = {
    "serve": _serve,
    "demo": _demo,
    "encode": _encode,
    "propose": _propose,
    "decide": _decide,
    "train": _train,
    "groups": _groups_command,
    "export": _export,
    "simulate": run_simulate,
    "teach": run_teach,
    "strategies": _strategies,
    "objectives": _objectives,
    "distill": run_distill,
    "draw": run_draw,
    "doctor": _doctor,
}
