"""Partial results: whole or not there, under keys of all they were made from, and never in anybody's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pytest

from auditor import partials
from auditor.doors.files import alive, replacing
from auditor.model import AuditorError
from auditor.partials import Partials, Writer, opened

KEY, OTHER = "0" * 32, "f" * 32


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def saved(folder: Path, key: str = KEY, tables: int = 1) -> Partials:
    writer = Writer(folder, key, durable=True)
    for number in range(tables):
        writer.add(pa.table({f"column {number}": [number]}))
    kept = Partials(folder, durable=True)
    files = writer.close()
    kept.save(key, {"answer": 42, "files": files}, files)
    return kept


def test_what_is_saved_is_there(tmp_path: Path) -> None:
    kept = saved(tmp_path, tables=2)
    assert kept.load(KEY) == {"answer": 42, "files": [f"{KEY}-0000.arrow", f"{KEY}-0001.arrow"]}
    assert kept.load(OTHER) is None
    assert names(tmp_path) == {f"{KEY}.json", f"{KEY}-0000.arrow", f"{KEY}-0001.arrow"}
    assert pa.ipc.open_file(str(tmp_path / f"{KEY}-0001.arrow")).read_all().to_pydict() == {"column 1": [1]}


def test_tables_of_one_schema_are_one_file(tmp_path: Path) -> None:
    writer = Writer(tmp_path, KEY, durable=False)
    for number in range(3):
        writer.add(pa.table({"n": [number]}))
    assert writer.close() == writer.close() == [f"{KEY}-0000.arrow"]
    assert pa.ipc.open_file(str(tmp_path / f"{KEY}-0000.arrow")).read_all()["n"].to_pylist() == [0, 1, 2]


def test_a_file_that_is_being_written_has_another_name(tmp_path: Path) -> None:
    writer = Writer(tmp_path, KEY, durable=True)
    writer.add(pa.table({"n": [1]}))
    assert names(tmp_path) == {f"{KEY}-0000.arrow-{os.getpid()}.tmp"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"value": 1}', b'{"value": 1, "files": 3}', b"\xff"])
def test_a_damaged_entry_is_none(tmp_path: Path, content: bytes) -> None:
    kept = Partials(tmp_path, durable=True)
    (tmp_path / f"{KEY}.json").write_bytes(content)
    kept.sweep()
    assert kept.load(KEY) is None
    assert names(tmp_path) == set()


def test_sweeping_removes_what_belongs_to_nothing_and_nothing_else(tmp_path: Path) -> None:
    kept = saved(tmp_path)
    saved(tmp_path, OTHER)
    (tmp_path / f"{OTHER}-0000.arrow").unlink()
    left = [f"{'a' * 32}-0000.arrow", f"{'b' * 32}-0000.arrow-123.tmp", f".{'c' * 32}.json-123.tmp"]
    theirs = ["notes.txt", "train.arrow", "key", "lock", f"{'d' * 31}.json", f"{'e' * 32}.json.bak"]
    for name in left + theirs:
        (tmp_path / name).write_text("{}")
    kept.sweep()
    assert names(tmp_path) == {f"{KEY}.json", f"{KEY}-0000.arrow", *theirs}


def test_what_is_not_used_for_long_goes(tmp_path: Path) -> None:
    kept = saved(tmp_path)
    saved(tmp_path, OTHER)
    old = time.time() - partials.KEPT - 60
    for key in (KEY, OTHER):
        os.utime(tmp_path / f"{key}.json", (old, old))
    assert kept.load(KEY) is not None  # used again
    kept.sweep()
    assert names(tmp_path) == {f"{KEY}.json", f"{KEY}-0000.arrow"}


def test_one_audit_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path / "new" / "folder") as kept:
        assert kept.durable
        assert kept.folder.stat().st_mode & 0o077 == 0
        with pytest.raises(AuditorError, match="in use by another audit"), opened(kept.folder):
            pass
    with opened(kept.folder) as again:
        assert again.secret() == kept.secret() == (kept.folder / "key").read_bytes()
    assert len(kept.secret()) == 32
    assert (kept.folder / "key").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditorError, match="cannot be used"), opened(tmp_path / "file" / "folder"):
        pass


def test_a_temporary_folder_goes_and_takes_with_it_what_a_killed_audit_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "auditor-theirs").mkdir()
    code = (
        "import sys, os, signal; from pathlib import Path; from auditor.partials import opened\n"
        "with opened(None) as kept: (kept.folder / 'rest').write_text(''); print(kept.folder, flush=True); sys.stdin.read()\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert child.stdin is not None and child.stdout is not None
    folder = Path(child.stdout.readline().decode().strip())
    with opened(None) as kept:
        assert names(tmp_path) == {"auditor-theirs", folder.name, kept.folder.name}  # one in use stays
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    with opened(None) as kept:
        assert names(tmp_path) == {"auditor-theirs", kept.folder.name}
        assert not kept.durable
    assert names(tmp_path) == {"auditor-theirs"}


def test_no_room_is_an_error_with_a_cure() -> None:
    writer = Writer(Path("/proc"), KEY, durable=False)
    with pytest.raises(AuditorError, match="partial results cannot be written") as raised:
        writer.add(pa.table({"n": [1]}))
    assert "--work-dir" in raised.value.cure
    with pytest.raises(AuditorError, match="partial results cannot be written"):
        Partials(Path("/proc"), durable=True).save(KEY, 1)


def test_the_code_is_part_of_every_key() -> None:
    assert partials.code() == partials.code()
    assert len(partials.code()) == 32


# ── files that are replaced ───────────────────────────────────────────────────────────────────────────────────────────


def half(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half")
        assert path.read_text() == "old"
        raise ZeroDivisionError


def test_a_replaced_file_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        half(path)
    assert names(tmp_path) == {"report.json"}
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == {"report.json"}


def test_what_a_dead_process_left_beside_it_goes(tmp_path: Path) -> None:
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    dead = int(child.stdout)
    assert not alive(dead)
    assert alive(os.getppid())
    theirs = [f".report.json-{os.getppid()}.tmp", ".report.json-x.tmp", f".other.json-{dead}.tmp"]
    for name in (f".report.json-{dead}.tmp", *theirs):
        (tmp_path / name).write_text("")
    with replacing(tmp_path / "report.json") as temporary:
        temporary.write_text(json.dumps({}))
    assert names(tmp_path) == {"report.json", *theirs}


def test_a_link_in_place_of_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    (tmp_path / "precious").write_text("precious")
    (tmp_path / f".report.json-{os.getpid()}.tmp").symlink_to(tmp_path / "precious")
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not path.is_symlink()
    assert path.read_text() == "new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with replacing(pipe) as path:
        path.write_text("whole", encoding="utf-8")
    assert os.read(reader, 100) == b"whole"
    os.close(reader)
    assert pipe.is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_of_a_link_the_file_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old", encoding="utf-8")
    (tmp_path / "link.json").symlink_to("real.json")
    with replacing(tmp_path / "link.json") as path:
        path.write_text("new", encoding="utf-8")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text(encoding="utf-8") == "new"
