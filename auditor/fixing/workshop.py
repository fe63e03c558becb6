"""Where the files of a fix are looked at and written: by reading processes, into a folder that takes its place when all is done."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.doors.files import alive
from auditor.doors.isolation import offline
from auditor.fixing.content import I64, Content
from auditor.fixing.rewriting import job
from auditor.model import AuditorError, digest
from auditor.partials import mapped
from auditor.reading import Progress, Work, limits

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.dataset import Dataset
    from auditor.model import Json
    from auditor.running.work import How


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The dataset as found, the folder that it is in, and the engine for its files."""

    dataset: Dataset
    root: Path
    work: Work


@contextmanager
def opened(place: str, asked: Config, how: How, progress: Progress, out: Path) -> Iterator[Shop]:
    """The dataset with its splits; the processes that read it may write to the folder `out`."""
    from auditor import audit
    from auditor.running.opened import opened as found
    from auditor.running.work import working

    path = Path(place)
    with found(place, asked, how.max_memory) as dataset, offline(), working(path, dataset, how, progress, out=out) as work:
        root = (path if path.is_dir() else path.parent).absolute()
        yield Shop(dataset=audit.by_column(dataset, asked, work), root=root, work=work)


def surveyed(shop: Shop, asked: Config, digests: bool) -> Content:
    """All records of the dataset; AuditorError where a file cannot be read."""
    import pyarrow as pa

    files = sorted({each.path: each for each in shop.dataset.shards}.values(), key=lambda each: each.path)
    wanted: dict[str, Json] = {"told": asked.split_column, "label": asked.label, "group": asked.group, "digests": digests}
    answers = _asked(shop, [job("survey", each, **wanted) for each in files], "looking at records")
    tables = [mapped(shop.work.passing.folder / name) for answer in answers for name in answer["files"]]
    kinds = {"line": pa.int64(), "told": pa.large_string(), "label": pa.large_string(), "group": pa.large_string(), "digest": pa.binary()}
    return Content(
        files=files,
        starts=np.cumsum([0, *(answer["rows"] for answer in answers)]),
        told=pa.concat_tables([pa.schema(kinds).empty_table(), *tables]).combine_chunks(),
        kinds=[(answer["kind"], answer["shape"]) for answer in answers],
        splits={split.name: split.shards for split in shop.dataset.splits},
    )


def written(shop: Shop, content: Content, held: Sequence[I64], folder: Path) -> None:
    """Writes the data files with the records that they are to hold, and copies the documents, to `folder`."""
    jobs = []
    for file, (shard, before, after) in enumerate(zip(content.files, content.whole(), held, strict=True)):
        out = _at(shop, shard.file, folder)
        if np.array_equal(before, after):
            shutil.copyfile(shard.file, out)
        else:
            own = content.file_of(after) == file
            dropped = content.rows(file, np.setdiff1d(before, after[own]))
            jobs.append(job("write", shard, dropped=dropped, added=_added(content, after[~own]), out=str(out)))
    for document in shop.dataset.documents:
        shutil.copyfile(document.file, _at(shop, document.file, folder))
    _asked(shop, jobs, "writing files")


def _added(content: Content, coming: I64) -> list[Json]:
    files = content.file_of(coming)
    return [
        {"shard": job("", content.files[file])["shard"], "rows": content.rows(file, coming[files == file])}
        for file in np.unique(files).tolist()
    ]


def _at(shop: Shop, file: str, folder: Path) -> Path:
    """Where a file of the dataset is written; what stands there goes."""
    out = folder / Path(file).relative_to(shop.root)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    return out


def taken(shop: Shop, content: Content, gone: I64) -> list[Path]:
    """The records (ascending numbers) as they were, in Arrow files."""
    files = content.file_of(gone)
    jobs = [job("take", content.files[file], rows=content.rows(file, gone[files == file])) for file in np.unique(files).tolist()]
    answers = _asked(shop, jobs, "setting records aside")
    return [shop.work.passing.folder / name for answer in answers for name in answer["files"]]


def _asked(shop: Shop, jobs: Sequence[dict[str, Json]], stage: str) -> list[Json]:
    folder = str(shop.work.passing.folder)
    asked = [{**each, "folder": folder, "key": digest("fix", each["step"], each["shard"]["path"]), **limits(_bytes(each))} for each in jobs]
    answers = []
    for done, (each, answer) in enumerate(zip(asked, shop.work.engine.map(asked), strict=True)):
        shop.work.progress(stage, done, len(jobs))
        failure = answer.get("crash") or answer.get("failure")
        if failure:
            raise AuditorError(f"{each['shard']['path']} cannot be written anew: {failure}", "nothing was written", 3)
        answers.append(answer)
    return answers


def _bytes(asked: dict[str, Json]) -> int:
    return int(sum(each["shard"]["bytes"] for each in (asked, *asked.get("added", ()))))


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place if it is still there at the end; AuditorError where there cannot be one."""
    folder = out.absolute().parent / f".{out.name}-{os.getpid()}.part"
    left = re.compile(re.escape(f".{out.name}-") + r"(\d{1,9})\.part")
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise AuditorError(f"--out: {out} is there already", "name a folder that does not exist, or an empty one")
        folder.parent.mkdir(parents=True, exist_ok=True)
        for beside in list(folder.parent.iterdir()):  # of processes that were killed
            if (found := left.fullmatch(beside.name)) and not alive(int(found[1])):
                shutil.rmtree(beside)
        folder.mkdir()
        yield folder
        if folder.exists():
            folder.replace(out)
    except OSError as error:
        problem = f"--out: {out} cannot be written ({error.strerror or type(error).__name__})"
        raise AuditorError(problem, "name a folder that can be made") from None
    finally:
        with suppress(OSError):
            shutil.rmtree(folder)
