"""The guard rails inside a process, each tried for real in a fresh child process."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import auditor
from auditor.doors import isolation

ROOT = Path(__file__).resolve().parent.parent
START = "import errno, json, os, sys\nfrom pathlib import Path\nfrom auditor.doors import isolation\nparent = os.getppid()\n"

REFUSED = {
    "socket.__new__": "import socket; socket.socket()",
    "socket.bind": "old.bind(('127.0.0.1', 0))",
    "socket.connect": "old.connect(('127.0.0.1', 9))",
    "socket.sendto": "udp.sendto(b'secret', ('127.0.0.1', 9))",
    "socket.sendmsg": "udp.sendmsg([b'secret'], [], 0, ('127.0.0.1', 9))",
    "socket.getaddrinfo": "import socket; socket.getaddrinfo('secret.invalid', 80)",
    "socket.gethostbyname": "import socket; socket.gethostbyname('secret.invalid')",
    "socket.gethostbyaddr": "import socket; socket.gethostbyaddr('127.0.0.1')",
    "socket.getnameinfo": "import socket; socket.getnameinfo(('127.0.0.1', 9), 0)",
    "socket.gethostname": "import socket; socket.gethostname()",
    "socket.getservbyname": "import socket; socket.getservbyname('http')",
    "socket.getservbyport": "import socket; socket.getservbyport(80)",
    "urllib.Request": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/secret')",
    "webbrowser.open": "import webbrowser; webbrowser.GenericBrowser('true').open('secret')",
    "subprocess.Popen": "import subprocess; subprocess.run(['true', 'secret'])",
    "os.system": "os.system('true secret')",
    "os.exec": "os.execv('/bin/true', ['true', 'secret'])",
    "os.posix_spawn": "os.posix_spawn('/bin/true', ['true', 'secret'], {})",
    "os.fork": "os.fork() or os._exit(0)",
    "os.forkpty": "os.forkpty()[0] or os._exit(0)",
    "pty.spawn": "import pty; pty.spawn(['true', 'secret'])",
    "ctypes.dlopen": "import ctypes; ctypes.CDLL('libm.so.6')",
    "pickle.find_class": "import pickle; pickle.loads(b'cbuiltins\\nprint\\n(S\"secret\"\\ntR.')",
}
"""What must be refused, by its audit event; each would go through, or fail in another way, without the hook."""

Place = tuple[Path, Path]


def child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A fresh Python that has run the code."""
    command = [sys.executable, "-P", "-c", START + dedent(code), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)


def answer(code: str, *arguments: object) -> dict[str, object]:
    """What the code has printed last, as JSON."""
    run = child(code, *arguments)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def refusals() -> dict[str, object]:
    return answer(
        """
        import socket
        old, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        isolation.watch()
        said = {}
        for event, attempt in json.loads(sys.argv[1]).items():
            try:
                exec(attempt)
            except Exception as error:
                said[event] = [type(error).__name__, str(error)]
        print(json.dumps(said))
        """,
        json.dumps(REFUSED),
    )


@pytest.mark.parametrize("event", REFUSED)
def test_the_tripwire_refuses(event: str, refusals: dict[str, object]) -> None:
    assert refusals[event] == ["PermissionError", f"refused in a reading process: {event}"]


def test_the_tripwire_leaves_the_rest_alone(tmp_path: Path) -> None:
    (tmp_path / "colour.py").write_text("RED = 1\n", encoding="utf-8")
    code = """
        isolation.watch()
        sys.path.append(sys.argv[1])
        import colour, ctypes, marshal, pickle, numpy, pyarrow.parquet, threading
        assert "pyarrow.dataset" not in sys.modules
        import pyarrow.dataset
        plain = {"a": [1, 2.5, None, b"x"]}
        (Path(sys.argv[1]) / "written").write_text("x")
        print(json.dumps({
            "colour": colour.RED, "evaluated": eval("1 + 1"), "marshal": marshal.loads(marshal.dumps([7])),
            "pickle": pickle.loads(pickle.dumps(plain)) == plain, "libc": ctypes.CDLL(None).getpid() == os.getpid(),
        }))
        """
    assert answer(code, tmp_path) == {"colour": 1, "evaluated": 2, "marshal": [7], "pickle": True, "libc": True}


# Landlock


def kernel() -> int:
    """The Landlock ABI that the kernel names when it is asked without the code under test."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def need(abi: int) -> None:
    """Skips the test where the kernel has an older Landlock than this ABI."""
    if kernel() < abi:
        pytest.skip(f"Landlock ABI {abi} is needed, this kernel has {kernel()}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder that may be read, and one that may be written, beside others."""
    for name in ("data", "work", "private"):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below" / "note").write_text(name, encoding="utf-8")
    return tmp_path / "data", tmp_path / "work"


CONFINED = """
    here = Path(sys.argv[1])
    data, work, private = here / "data", here / "work", here / "private"
    def attempt(action, *arguments):
        try:
            action(*arguments)
        except OSError as error:
            return errno.errorcode[error.errno]
        return "done"
    """


def confined(code: str, place: Place, *arguments: object) -> dict[str, object]:
    return answer(dedent(CONFINED) + dedent(code), place[0].parent, *arguments)


def test_confine_names_the_abi_and_gives_up_new_privileges(place: Place) -> None:
    said = confined(
        """
        abi = isolation.confine([data, *isolation.system_paths()], [work])
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        print(json.dumps({"abi": abi, "no new privileges": status["NoNewPrivs"].strip()}))
        """,
        place,
    )
    assert said == {"abi": min(kernel(), isolation.NEWEST), "no new privileges": "1"}


def test_nothing_else_is_opened(place: Place) -> None:
    need(3)
    said = confined(
        """
        isolation.confine([data], [work])
        note = Path("below/note")
        print(json.dumps({
            "read": (data / note).read_text(), "read what is written": (work / note).read_text(),
            "list": [entry.name for entry in data.iterdir()],
            "read outside": attempt((private / note).read_text), "list outside": attempt(os.listdir, private),
            "list above": attempt(os.listdir, here), "read the system": attempt(Path("/etc/passwd").read_text),
            "change data": attempt((data / note).write_text, ""), "cut data": attempt(os.truncate, data / note, 0),
            "add to data": attempt((data / "new").write_text, ""), "remove data": attempt((data / note).unlink),
            "folder in data": attempt((data / "new").mkdir), "link in data": attempt((data / "new").symlink_to, "note"),
            "cut outside": attempt(os.truncate, private / note, 0), "write outside": attempt((private / "new").write_text, ""),
            "move out": attempt((work / note).rename, private / "new"), "link in": attempt(os.link, private / note, work / "new"),
            "write": attempt((work / "new").write_text, "x"), "folder": attempt((work / "deep").mkdir),
            "move within": attempt((work / "new").rename, work / "deep" / "new"), "cut": attempt(os.truncate, work / note, 0),
            "remove": attempt((work / "deep" / "new").unlink),
        }))
        """,
        place,
    )
    assert said.pop("read") == "data"
    assert said.pop("read what is written") == "work"
    assert said.pop("list") == ["below"]
    done = {"write", "folder", "move within", "cut", "remove"}
    assert said == {name: "done" if name in done else "EXDEV" if name == "link in" else "EACCES" for name in said}
    assert [(place[0].parent / name / "below" / "note").read_text() for name in ("data", "private")] == ["data", "private"]
    assert list(place[0].iterdir()) == [place[0] / "below"]


@pytest.mark.parametrize(("abi", "rights"), [(1, 0x1FFF), (2, 0x3FFF), (3, 0x7FFF), (4, 0x7FFF), (5, 0xFFFF), (6, 0xFFFF), (7, 0xFFFF)])
def test_every_right_of_an_abi_is_handled(abi: int, rights: int) -> None:
    """As linux/landlock.h lists them: to MAKE_SYM, then REFER, TRUNCATE and IOCTL_DEV."""
    assert isolation.file_rights(abi) == rights


def test_devices_take_no_orders(place: Place) -> None:
    need(5)
    said = confined(
        """
        import fcntl, termios
        def order():
            with open("/dev/null") as device:
                fcntl.ioctl(device, termios.TIOCGWINSZ)
        before = attempt(order)
        isolation.confine(isolation.system_paths(), [])
        print(json.dumps({"before": before, "after": attempt(order)}))
        """,
        place,
    )
    assert said == {"before": "ENOTTY", "after": "EACCES"}


def test_files_links_and_missing_paths_may_be_named(place: Place) -> None:
    need(1)
    said = confined(
        """
        note, other = private / "below" / "note", private / "below" / "other"
        other.write_text("other")
        (data / "link").symlink_to(note)
        (work / "kept").write_text("")
        abi = isolation.confine([data / "link", here / "missing", Path("\\0")], [work / "kept"])
        print(json.dumps({
            "abi": abi, "link": (data / "link").read_text(), "target": note.read_text(), "beside": attempt(other.read_text),
            "its folder": attempt(os.listdir, data), "write": attempt((work / "kept").write_text, "x"), "read": (work / "kept").read_text(),
            "beside it": attempt((work / "new").write_text, "x"), "change": attempt(note.write_text, ""),
        }))
        """,
        place,
    )
    refused = dict.fromkeys(["beside", "its folder", "beside it", "change"], "EACCES")
    assert said == refused | {"abi": min(kernel(), isolation.NEWEST), "link": "private", "target": "private", "write": "done", "read": "x"}


def test_any_choice_of_folders_is_kept_to(tmp_path: Path) -> None:
    """200 random choices in a small tree; what holds is said by the simplest model: something at or above it was named."""
    need(1)
    said = answer(
        """
        import random
        here = Path(sys.argv[1])
        folders = [here / name for name in ("a", "a/b", "a/b/c", "a/d", "e")]
        for folder in folders:
            folder.mkdir()
            (folder / "note").write_text("")
        places = [*folders, *(folder / "note" for folder in folders)]
        def works(path, flags):
            try:
                os.close(os.open(path, flags))
            except OSError as error:
                assert error.errno == errno.EACCES
                return False
            return True
        def wrong(readable, writable):
            isolation.confine(readable, writable)
            for path in places:
                write = any(path.is_relative_to(named) for named in writable)
                read = write or any(path.is_relative_to(named) for named in readable)
                assert works(path, os.O_RDONLY) == read, (path, readable, writable)
                if path.name == "note":
                    assert works(path, os.O_WRONLY) == write, (path, readable, writable)
        tries = 0
        for seed in range(200):
            chance = random.Random(seed)
            readable, writable = (chance.sample(places, chance.randrange(4)) for _ in range(2))
            if not os.fork():
                wrong(readable, writable)
                os._exit(0)
            assert os.wait()[1] == 0
            tries += 1
        print(json.dumps({"tries": tries}))
        """,
        tmp_path,
    )
    assert said == {"tries": 200}


def test_no_program_runs_by_ways_the_tripwire_does_not_see(place: Place) -> None:
    need(1)
    said = confined(
        """
        import ctypes
        libc = ctypes.CDLL(None)
        program = (ctypes.c_char_p * 4)(os.fsencode(sys.executable), b"-c", b"", None)
        def run(close):
            if not os.fork():
                if close:
                    isolation.confine([data, *isolation.system_paths()], [])
                    isolation.watch()
                libc.execv(program[0], program)
                os._exit(7)
            return os.waitstatus_to_exitcode(os.wait()[1])
        print(json.dumps({"open": run(False), "closed": run(True)}))
        """,
        place,
    )
    assert said == {"open": 0, "closed": 7}


def test_threads_started_later_are_confined_too(place: Place) -> None:
    """Those of Python, and those in which pyarrow reads."""
    need(1)
    pa.parquet.write_table(pa.table({"n": range(1000)}), place[0].parent / "private" / "t.parquet", row_group_size=100)
    said = confined(
        """
        import threading
        import pyarrow as pa, pyarrow.dataset
        outside, seen = private / "t.parquet", []
        threads = lambda: len(os.listdir("/proc/self/task"))
        before = threads()
        dataset = pa.dataset.dataset(outside)
        isolation.confine([data, *isolation.system_paths()], [])
        thread = threading.Thread(target=lambda: seen.append(attempt(outside.read_bytes)))
        thread.start()
        thread.join()
        print(json.dumps({"python": seen, "arrow": attempt(lambda: dataset.to_table(use_threads=True)), "more": threads() > before}))
        """,
        place,
    )
    assert said == {"python": ["EACCES"], "arrow": "EACCES", "more": True}


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_c_code_can_no_longer_use_tcp(place: Place, port: int) -> None:
    need(4)
    said = confined(
        """
        import ctypes, struct
        libc = ctypes.CDLL(None, use_errno=True)
        def call(function, port):
            handle = libc.socket(2, 1, 0)
            address = struct.pack("=HH4s8x", 2, int.from_bytes(struct.pack(">H", port), sys.byteorder), bytes([127, 0, 0, 1]))
            return errno.errorcode[ctypes.get_errno()] if function(handle, address, 16) else "done"
        both = lambda: [call(libc.connect, int(sys.argv[2])), call(libc.bind, 0)]
        before = both()
        isolation.confine([], [])
        isolation.watch()
        print(json.dumps({"before": before, "after": both()}))
        """,
        place,
        port,
    )
    assert said == {"before": ["done", "done"], "after": ["EACCES", "EACCES"]}


def test_the_one_port_of_a_database_stays_open(place: Place, port: int) -> None:
    need(4)
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = confined(
            """
            import ctypes, socket, struct
            libc = ctypes.CDLL(None, use_errno=True)
            def by_c(port):
                handle = libc.socket(2, 1, 0)
                address = struct.pack("=HH4s8x", 2, int.from_bytes(struct.pack(">H", port), sys.byteorder), bytes([127, 0, 0, 1]))
                return errno.errorcode[ctypes.get_errno()] if libc.connect(handle, address, 16) else "done"
            def by_python(port):
                with socket.socket() as ours:
                    try:
                        return ours.connect(("127.0.0.1", port)) or "done"
                    except PermissionError as error:
                        return str(error)
            mine, other = map(int, sys.argv[2:4])
            isolation.confine([], [], mine)
            isolation.watch(mine)
            print(json.dumps({"c": [by_c(mine), by_c(other)], "python": [by_python(mine), by_python(other)]}))
            """,
            place,
            port,
            other.getsockname()[1],
        )
    assert said == {"c": ["done", "EACCES"], "python": ["done", "refused in a reading process: socket.connect"]}


def test_signals_and_abstract_sockets_end_at_the_process(place: Place) -> None:
    need(6)
    name = f"\0auditor-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        said = confined(
            """
            import signal, socket
            def attempts():
                with socket.socket(socket.AF_UNIX) as end:
                    return [attempt(os.kill, parent, 0), attempt(end.connect, "\\0" + sys.argv[2]), attempt(os.kill, os.getpid(), 0)]
            before = attempts()
            isolation.confine([], [])
            print(json.dumps({"before": before, "after": attempts()}))
            """,
            place,
            name[1:],
        )
    assert said == {"before": ["done", "done", "done"], "after": ["EPERM", "EPERM", "done"]}


def test_a_dataset_is_read_as_before_with_late_imports(place: Place) -> None:
    """Parquet with zstd in threads, CSV, time zones, xz and bz2, numpy and OpenSSL; all of it imported after the door is shut."""
    rows = 50_000
    times = pa.array([n * 1_000_000 for n in range(rows)], pa.timestamp("us", "Europe/Berlin"))
    table = pa.table({"n": range(rows), "time": times})
    pa.parquet.write_table(table, place[0] / "t.parquet", compression="zstd", row_group_size=5_000)
    pa.csv.write_csv(table.select(["n"]), place[0] / "t.csv")
    said = confined(
        """
        isolation.die_with(parent)
        abi = isolation.confine([data, *isolation.system_paths()], [work])
        isolation.watch()
        assert not {"pyarrow", "numpy", "lzma", "bz2", "hashlib", "zoneinfo"} & set(sys.modules)
        import bz2, decimal, hashlib, locale, lzma, numpy, zoneinfo
        import pyarrow as pa, pyarrow.csv, pyarrow.parquet, pyarrow.compute
        pa.set_cpu_count(4)
        table = pa.parquet.read_table(data / "t.parquet", use_threads=True)
        with pa.output_stream(work / "t.csv.zst", compression="zstd") as out:
            out.write((data / "t.csv").read_bytes())
        with pa.input_stream(work / "t.csv.zst", compression="zstd") as back:
            again = pa.csv.read_csv(back)
        print(json.dumps({
            "abi": abi, "sum": pa.compute.sum(table["n"]).as_py(), "csv": pa.compute.sum(pa.csv.read_csv(data / "t.csv")["n"]).as_py(),
            "zstd": again["n"].equals(table["n"]), "time": table["time"][0].as_py().isoformat(),
            "batches": [batch.num_rows for batch in pa.parquet.ParquetFile(data / "t.parquet").iter_batches(25_000)],
            "far": pa.compute.assume_timezone(pa.scalar(0, pa.timestamp("s")), "America/New_York").value,
            "xz": lzma.decompress(lzma.compress(b"x")) == bz2.decompress(bz2.compress(b"x")),
            "determinant": float(numpy.linalg.det(numpy.eye(300))), "digest": hashlib.new("sha3_256", b"").hexdigest()[:8],
            "locale": bool(locale.setlocale(locale.LC_ALL, "")),
        }))
        """,
        place,
    )
    total = rows * (rows - 1) // 2
    assert said.pop("abi") == min(kernel(), isolation.NEWEST)
    assert [said.pop(name) for name in ("sum", "csv", "batches")] == [total, total, [25_000, 25_000]]
    assert [said.pop(name) for name in ("time", "far")] == ["1970-01-01T01:00:00+01:00", 18_000]
    assert said == {"zstd": True, "xz": True, "determinant": 1.0, "digest": "a7ffc6f8", "locale": True}


def test_a_kernel_that_refuses_is_no_error() -> None:
    """Of rule sets on top of each other the kernel takes sixteen; where no file can be opened, it makes none."""
    need(1)
    said = answer(
        """
        import resource
        abis = [isolation.confine([Path("/")], []) for _ in range(17)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
        print(json.dumps({"abis": abis, "without files": isolation.confine([Path("/")], [])}))
        """
    )
    assert said == {"abis": [min(kernel(), isolation.NEWEST)] * 16 + [0], "without files": 0}


def test_what_the_system_needs_is_named_once_and_exists() -> None:
    paths = isolation.system_paths()
    assert len(set(paths)) == len(paths)
    assert all(path.exists() for path in paths)
    assert {Path(sys.prefix), Path(sys.base_prefix), Path(auditor.__file__).parent, Path(pa.__file__).parent.parent} <= set(paths)
    assert not {Path(), Path("/"), Path("/etc"), Path("/proc"), Path.home()} & set(paths)


# The end with the parent


def test_a_child_is_killed_with_its_parent() -> None:
    """The child holds the standard output open: it comes to its end only if the child has ended."""
    inner = "isolation.die_with(parent); print('ready', flush=True); import time; time.sleep(30); print('survived')"
    outer = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-P', '-c', sys.argv[1]]); time.sleep(30)"
    command = [sys.executable, "-P", "-c", outer, START + inner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.kill()
        assert parent.stdout.read() == ""
    assert parent.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("shift", "said"), [(0, "went on\n"), (1, "")])
def test_an_orphan_ends_at_once(shift: int, said: str) -> None:
    run = child("isolation.die_with(parent + int(sys.argv[1])); print('went on')", shift)
    assert (run.returncode, run.stdout, run.stderr) == (0, said, "")


# The parent's own network


def reach(port: int) -> str:
    """What comes of connecting to a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except PermissionError as error:
        return str(error)
    return "reached"


def test_the_network_is_closed_while_offline_and_only_then(port: int) -> None:
    refused = "refused while offline: socket.getaddrinfo"
    assert reach(port) == "reached"
    with isolation.offline():
        assert reach(port) == refused
        with isolation.offline():
            assert reach(port) == refused
        assert reach(port) == refused
    assert reach(port) == "reached"
    with pytest.raises(ZeroDivisionError), isolation.offline():
        reach(1 // 0)
    assert reach(port) == "reached"


def test_every_way_out_is_closed_while_offline(port: int) -> None:
    there = ("127.0.0.1", port)
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, isolation.offline():
        ways: dict[str, Callable[[], object]] = {
            "socket.connect": lambda: tcp.connect_ex(there),
            "socket.sendto": lambda: udp.sendto(b"", there),
            "socket.sendmsg": lambda: udp.sendmsg([b""], [], 0, there),
            "socket.getaddrinfo": lambda: socket.getaddrinfo("localhost", 80),
            "socket.gethostbyname": lambda: socket.gethostbyname("localhost"),
            "socket.gethostbyaddr": lambda: socket.gethostbyaddr("127.0.0.1"),
            "socket.getnameinfo": lambda: socket.getnameinfo(there, 0),
            "urllib.Request": lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/"),
        }
        for event, way in ways.items():
            with pytest.raises(PermissionError) as error:
                way()
            assert (error.value.args, error.value.errno) == ((f"refused while offline: {event}",), None)


def test_a_fresh_process_is_not_offline_and_refuses_nothing_else() -> None:
    said = answer(
        """
        import socket, subprocess
        with isolation.offline():
            spawned = subprocess.run([sys.executable, "-c", "exit(7)"]).returncode
            with socket.create_server(("127.0.0.1", 0)) as server:
                listens = server.getsockname()[1] > 0
        print(json.dumps({"spawned": spawned, "listens": listens}))
        """
    )
    assert said == {"spawned": 7, "listens": True}
