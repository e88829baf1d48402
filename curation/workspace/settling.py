"""What a workspace is made of: what its folder says, and what was asked for now."""

from __future__ import annotations

from pathlib import Path

from curation import settings as configuration
from curation.errors import SourceError, UnknownName, WorkspaceError
from curation.items.source import Reading, Source, open_source
from curation.paths import Paths
from curation.settings import WorkspaceSettings
from curation.spaces.generators import check_name

ENCODERS = {
    "builtin": "builtin",
    "distilled": "distilled:FILE",
    "open_clip": "open_clip:NAME",
    "timm": "timm:NAME",
}


def reopened(
    paths: Paths, settings: WorkspaceSettings, *, given: str | Path | None
) -> tuple[Source | None, str]:
    """The source, or why a known one cannot be read now: what is decided can be used without."""
    if settings.source is None and settings.embeddings is None:
        return None, ""
    try:
        return source_of(paths, settings), ""
    except SourceError as error:
        if given is not None or not paths.catalogue.exists():
            raise
        return None, str(error)


def source_of(paths: Paths, settings: WorkspaceSettings) -> Source:
    """The source that the settings name. Raises SourceError."""
    return open_source(
        settings.source,
        embeddings=_path(settings.embeddings),
        reading=Reading(settings.file_column, settings.root, settings.rewrite, settings.encoding),
        unpack=paths.unpacked,
    )


def _absolute(path: str | Path | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().absolute())


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)


def settled(
    paths: Paths,
    source: str | Path | None,
    encoder: str | None,
    embeddings: str | Path | None,
    embeddings2: str | Path | None,
    generator: str | None,
    reading: Reading | None = None,
) -> WorkspaceSettings:
    """Settings of the folder, with what was asked for now; refuses another encoder."""
    stored = configuration.read(paths.settings, WorkspaceSettings)
    if encoder is not None and encoder.partition(":")[0] not in ENCODERS:
        raise UnknownName("encoder", encoder, ENCODERS.values())
    read = reading or Reading()
    known = stored if _absolute(source) in (None, stored.source) else WorkspaceSettings()
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
        file_column=read.file_column or known.file_column,
        root=_absolute(read.root) or known.root,
        rewrite=read.rewrite or known.rewrite,
        encoding=read.encoding or known.encoding,
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
