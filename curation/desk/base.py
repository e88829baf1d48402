"""Opening and closing a workspace, and what all topics share."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from curation import files
from curation import settings as configuration
from curation.decisions.lock import WorkspaceLock
from curation.decisions.log import DecisionLog
from curation.desk.mending import mend, open_log
from curation.engine import Engine, Lane
from curation.errors import CurationError, SourceError, UnknownName, WorkspaceError
from curation.items.catalogue import Catalogue
from curation.items.source import Source, open_source
from curation.learning import objectives
from curation.paths import Paths
from curation.review.snapshot import Snapshot
from curation.review.track import Track
from curation.settings import DEFAULT_CRITERION, CriterionSettings, WorkspaceSettings
from curation.spaces.generators import check_name
from curation.types import Closure, Constraints, Item

Json = dict[str, Any]


class Base:
    """State that every topic reads; see ``curation.workspace.Workspace``."""

    def __init__(
        self,
        paths: Paths,
        settings: WorkspaceSettings,
        *,
        device: str,
        inline: bool,
    ) -> None:
        self.paths = paths
        self.workspace_settings = settings
        self.held_items: frozenset[str] = frozenset()
        self.catalogue = Catalogue.load(paths.catalogue)
        self._stored = configuration.read_criteria(paths.criteria)
        self._database = open_log(paths)
        self.log = DecisionLog(self._database)
        self.engine = Engine(
            paths,
            settings,
            self.catalogue,
            device,
            inline=inline,
            hidden=lambda: self.held_items | self.log.excluded(),
        )
        self.predictions: dict[str, tuple[tuple[Any, ...], Any]] = {}
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: str | Path,
        source: str | Path | None = None,
        *,
        encoder: str | None = None,
        embeddings: str | Path | None = None,
        embeddings2: str | Path | None = None,
        generator: str | None = None,
        criterion: str | None = None,
        device: str = "auto",
        inline: bool = False,
        url: str = "",
        offered: Mapping[str, str] | None = None,
    ) -> Self:
        """Open or create the workspace at ``path`` and take in what is new in ``source``.

        ``source`` is a folder or a manifest, ``embeddings`` a file of vectors,
        ``embeddings2`` one of another modality (captions, say) that strategies may compare with,
        ``generator`` a plug-in that makes further images of each ("none": no more);
        all are remembered for the next time. ``inline`` runs jobs in this thread instead of
        worker processes. ``offered`` are the criteria (name: question) that a new workspace
        begins with. Raises SourceError, EncoderError, WorkspaceError (WorkspaceBusy, SchemaError).
        """
        paths = Paths(Path(path).expanduser().absolute())
        try:
            paths.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"Expected a folder that can be written at {paths.root}, got {error.strerror}; "
                "name another one with --workspace."
            ) from error
        lock = WorkspaceLock(paths.root)
        lock.acquire(url)
        try:
            settings = _settled(paths, source, encoder, embeddings, embeddings2, generator)
            notes = mend(paths, settings)
            opened, trouble = _reopened(paths, settings, given=source or embeddings)
            workspace = cls(paths, settings, device=device, inline=inline)
            workspace.engine.read_second(must=embeddings2 is not None)
        except BaseException:
            lock.release()
            raise
        workspace._folder_lock = lock
        try:
            workspace._start(criterion, offered or {DEFAULT_CRITERION: ""})
            configuration.write(paths.settings, settings)
            workspace.engine.intake.message = " ".join([*notes, trouble]).strip()
            if opened is not None:
                workspace.take_in(opened)
        except BaseException:
            workspace.close()
            raise
        return workspace

    _folder_lock: WorkspaceLock | None = None
    source: Source | None = None

    def _start(self, criterion: str | None, offered: Mapping[str, str]) -> None:
        self.engine.reopen_store()
        if not self.log.criteria():
            for name, question in offered.items():
                self.log.add_criterion(name, question)
        for row in self.log.criteria():
            self._add_track(row.name)
        if criterion is not None:
            self.add_criterion(criterion)
        self.engine.start()

    def take_in(self, source: Source) -> None:
        """Scan a source and embed what is new, in the background unless inline."""
        self.source = source
        self.engine.take_in(source)

    def close(self) -> None:
        """Stop the workers and give the folder free."""
        self.engine.close()
        self._database.dispose()
        if self._folder_lock is not None:
            self._folder_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def hold(self, items: Collection[str]) -> None:
        """Never propose these items (not kept): the unseen part of an evaluation."""
        self.held_items = frozenset(items)
        self.engine.refresh_eligible()

    def show_attributes(self, names: Collection[str]) -> None:
        """Let strategies see these attributes only (not kept): the others hold the truth."""
        self.engine.visible = frozenset(names)

    # --- criteria --------------------------------------------------------------------------

    def criteria(self) -> list[Json]:
        """Names and questions of all criteria, oldest first."""
        return [{"name": row.name, "question": row.question} for row in self.log.criteria()]

    def add_criterion(self, name: str, question: str = "") -> Json:
        """Add a meaning of "belongs together", with decisions and generations of its own."""
        name = name.strip()
        if not name:
            raise CurationError("A criterion needs a name; say in words what belongs together.")
        with self._lock:
            if name not in self.engine.lanes:
                self.log.add_criterion(name, question)
                self.engine.project(self._add_track(name))
        return {"name": name, "question": question}

    def settings(self, criterion: str) -> Json:
        """How a criterion is reviewed and trained."""
        return asdict(self._lane(criterion).track.settings)

    def set_settings(self, criterion: str, changes: Json) -> Json:
        """Change settings of a criterion; CurationError names what is valid."""
        track = self._lane(criterion).track
        self._check_names(changes)
        with self._lock:
            track.configure(configuration.changed(track.settings, changes))
            self._stored[criterion] = asdict(track.settings)
            files.write_json(self.paths.criteria, self._stored)
        return asdict(track.settings)

    def _check_names(self, changes: Json) -> None:
        from curation.proposals import registry

        registry.create(str(changes.get("strategy", "mix")))
        if "objective" in changes:
            objectives.entry(str(changes["objective"])).require()

    def _add_track(self, name: str) -> Lane:
        stored = configuration.restored(CriterionSettings, self._stored.get(name, {}))
        track = Track(name, self.log, stored)
        return self.engine.add(track)

    # --- what the topics share -------------------------------------------------------------

    def _lane(self, criterion: str) -> Lane:
        lane = self.engine.lanes.get(criterion)
        if lane is None:
            raise UnknownName("criterion", criterion, self.engine.lanes)
        return lane

    def _shown(self, criterion: str) -> tuple[Track, Snapshot]:
        track = self._lane(criterion).track
        if track.snapshot is None:
            raise CurationError(
                "No space yet: items are still being embedded; try again in a moment."
            )
        return track, track.snapshot

    def item(self, item_id: str) -> Item:
        """The item of an id; UnknownName if there is none."""
        item = self.catalogue.get(item_id)
        if item is None:
            then = "Expected an id as this workspace's answers give it; take one from there."
            raise UnknownName("item", item_id, then=then)
        return item

    def attributes(self) -> list[str]:
        """Names of all attributes, sorted."""
        return sorted({name for item in self.catalogue.items for name in item.attributes})

    def file(self, item: Item) -> Path | None:
        """An existing image file of an item, None where it has none."""
        return self.catalogue.file(item.id)

    def snapshot(self, criterion: str) -> View:
        """The shared state as arrays, for notebooks and evaluation."""
        track, shown = self._shown(criterion)
        with track.lock:
            closure, constraints = track.closure(), track.constraints(shown.space.item_ids)
        return View(shown, closure, constraints, track.eligible)


ENCODERS = {
    "builtin": "builtin",
    "distilled": "distilled:FILE",
    "open_clip": "open_clip:NAME",
    "timm": "timm:NAME",
}


class View:
    """A snapshot with what the decisions imply (arrays, not JSON)."""

    def __init__(
        self, shown: Snapshot, closure: Closure, constraints: Constraints, eligible: Any
    ) -> None:
        self.space = shown.space
        self.base = shown.base
        self.neighbours = shown.neighbours
        self.generation = shown.generation
        self.closure = closure
        self.constraints = constraints
        self.eligible = eligible


def _reopened(
    paths: Paths, settings: WorkspaceSettings, *, given: str | Path | None
) -> tuple[Source | None, str]:
    """The source, or why a known one cannot be read now: what is decided can be used without."""
    if settings.source is None and settings.embeddings is None:
        return None, ""
    try:
        return open_source(settings.source, embeddings=_path(settings.embeddings)), ""
    except SourceError as error:
        if given is not None or not paths.catalogue.exists():
            raise
        return None, str(error)


def _absolute(path: str | Path | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().absolute())


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)


def _settled(
    paths: Paths,
    source: str | Path | None,
    encoder: str | None,
    embeddings: str | Path | None,
    embeddings2: str | Path | None,
    generator: str | None,
) -> WorkspaceSettings:
    """Settings of the folder, with what was asked for now; refuses another encoder."""
    stored = configuration.read(paths.settings, WorkspaceSettings)
    if encoder is not None and encoder.partition(":")[0] not in ENCODERS:
        raise UnknownName("encoder", encoder, ENCODERS.values())
    made_by = "vectors of a file" if stored.embeddings else stored.encoder
    wanted = "vectors of a file" if embeddings else encoder
    if paths.embeddings.exists() and wanted not in (None, made_by):
        raise WorkspaceError(
            f"The workspace {paths.root} was made with the encoder {made_by!r}, got {wanted!r}; "
            "leave that option out, or name a new folder with --workspace."
        )
    return WorkspaceSettings(
        source=_absolute(source) or stored.source,
        embeddings=_absolute(embeddings) or stored.embeddings,
        embeddings2=_absolute(embeddings2) or stored.embeddings2,
        generator=_generator(generator, stored, vectors="vectors of a file" in (wanted, made_by)),
        encoder=encoder or stored.encoder,
    )


def _generator(wanted: str | None, stored: WorkspaceSettings, *, vectors: bool) -> str | None:
    if wanted is None:
        return stored.generator
    if wanted == "none":
        return None
    check_name(wanted)
    if vectors:
        raise WorkspaceError(
            f"Expected images and an encoder for the generator {wanted!r}, got vectors of a file; "
            "leave --generator or --embeddings out."
        )
    return wanted
