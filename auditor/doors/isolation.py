"""Guard rails inside a process: a tripwire for what Python does, Landlock for what any code does, and an end with the parent.

The constants are those of linux/landlock.h and linux/prctl.h; the numbers of the system calls are the same on x86-64 and aarch64.
"""

from __future__ import annotations

import os
import signal
import stat
import struct
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.doors.rules import FOLDER

if TYPE_CHECKING:
    import ctypes

NEWEST = 7
"""The newest Landlock ABI that is known here; a newer kernel is used as if it were this one."""

_NETWORK = frozenset(
    f"socket.{name}" for name in ("connect", "getaddrinfo", "gethostbyaddr", "gethostbyname", "getnameinfo", "sendmsg", "sendto")
) | {"urllib.Request"}
_REFUSED = (
    _NETWORK
    | {f"socket.{name}" for name in ("__new__", "bind", "gethostname", "getservbyname", "getservbyport", "sethostname")}
    | {f"os.{name}" for name in ("exec", "fork", "forkpty", "posix_spawn", "spawn", "system")}
    | {"ctypes.dlopen", "pickle.find_class", "pty.spawn", "subprocess.Popen", "webbrowser.open"}
)
"""Not marshal.loads, compile and exec: every import raises them."""

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_SETTINGS = ("/usr/share/locale", "/usr/share/zoneinfo", "/etc/localtime", "/etc/ssl/openssl.cnf", "/dev/null", "/dev/urandom")
_MACHINE = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/devices/system/node")
_MEMORY = ("/proc/sys/vm/overcommit_memory", "/sys/kernel/mm/transparent_hugepage")
"""What allocators look at before they decide how to get memory and how to give it back."""

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH, _NET_PORT = 1, 1, 2
_CONNECT_TCP = 1 << 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL_DEV = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_READ = _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
"""The kernel takes no other right for a path that is no folder."""


def watch(port: int | None = None) -> None:
    """Makes sockets, new processes, libraries loaded by ctypes and classes in pickles a PermissionError, from now on.

    With the `port` of a database, sockets may be made and connected to that port.

    The error names the audit event (PEP 578), never a value. This is a tripwire, not a sandbox: it sees what Python code does through
    Python, neither C code nor calls through a library that ctypes has loaded already. It cannot be taken away again.
    """
    sys.addaudithook(_refuse if port is None else lambda event, arguments: _refuse_others(event, arguments, port))


def _refuse_others(event: str, arguments: tuple[object, ...], port: int) -> None:
    address = arguments[1] if event == "socket.connect" and len(arguments) > 1 else None
    if isinstance(address, tuple) and address[1:2] == (port,):
        return
    if event not in {"socket.__new__", "socket.getaddrinfo"}:
        _refuse(event, arguments)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    # `import ctypes`, and so that of numpy, opens the running program itself, whose name is None.
    if event in _REFUSED and not (event == "ctypes.dlopen" and arguments[0] is None):
        raise PermissionError(f"refused in a reading process: {event}")


class _Network:
    """How often the network of this process is closed; an audit hook cannot be taken away again, so there is one at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hooked = False
        self.closed = 0

    def add(self, times: int) -> None:
        with self._lock:
            if not self._hooked:
                sys.addaudithook(self._refuse)
                self._hooked = True
            self.closed += times

    def _refuse(self, event: str, _: tuple[object, ...]) -> None:
        if event in _NETWORK and self.closed:
            raise PermissionError(f"refused while offline: {event}")


_THIS_NETWORK = _Network()


@contextmanager
def offline() -> Iterator[None]:
    """While it is active, outgoing network is a PermissionError in all threads of this process; it may be nested.

    A tripwire as `watch` is one; other processes, also those started meanwhile, are free.
    """
    _THIS_NETWORK.add(1)
    try:
        yield
    finally:
        _THIS_NETWORK.add(-1)


def die_with(parent: int) -> None:
    """Has this process killed when the thread that started it ends; ends it at once, with 0, where `parent` is not its parent.

    The second look is needed because the parent may have ended before the kernel was asked (prctl(2), PR_SET_PDEATHSIG).
    """
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def system_paths() -> list[Path]:
    """What Python and its libraries may still want to read later, for imports, time zones and the number of processors."""
    package = Path(__file__).resolve().parent.parent
    ours = [sys.prefix, sys.base_prefix, *sys.path, str(package), str(FOLDER)]
    wanted = dict.fromkeys([*ours, *_LIBRARIES, *_SETTINGS, *_MACHINE, *_MEMORY])
    return [Path(path) for path in wanted if os.access(path, os.R_OK)]


def confine(readable: Sequence[Path], writable: Sequence[Path], port: int | None = None) -> int:
    """Lets this process open nothing but these files and folders, with all below them, and use no TCP (but connect to `port`): Landlock.

    It holds for C code too, for the calling thread and those it starts; not for threads that run already, nor for files that are open.
    From ABI 4 on TCP is closed, from ABI 6 on signals and abstract Unix sockets end at this process. Never closed are UDP, Unix sockets
    with a path, `stat` and changes of mode, owner and times. A symbolic link stands for what it points to; missing paths are left out.

    Returns the ABI that is active (linux/landlock.h), or 0 where the kernel has none or refuses; raises nothing.
    """
    libc = _libc()
    if libc is None:
        return 0
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    abi = min(libc.syscall(_CREATE_RULESET, None, 0, _VERSION, 0), NEWEST)
    if abi < 1:
        return 0
    files = file_rights(abi)
    attributes = struct.pack("=QQQ", files, 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0, 0)
    if ruleset < 0:
        return 0
    try:
        for rights, paths in ((_READ, readable), (files, writable)):
            for path in paths:
                _allow(libc, ruleset, path, rights)
        if port is not None and abi >= 4:
            libc.syscall(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)
        return 0 if libc.syscall(_RESTRICT_SELF, ruleset, 0, 0, 0) else abi
    finally:
        os.close(ruleset)


def file_rights(abi: int) -> int:
    """All rights to files and folders that an ABI has: 13 in the first, then REFER, TRUNCATE and, in the fifth, IOCTL_DEV."""
    return (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    with suppress(OSError, ValueError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            folder = stat.S_ISDIR(os.fstat(place).st_mode)
            beneath = struct.pack("=Qi", rights if folder else rights & _OF_FILES, place)
            libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, beneath, 0)
        finally:
            os.close(place)


def _libc() -> ctypes.CDLL | None:
    """The C library of this process with `prctl` and `syscall`, each of five arguments; None where it is not that of Linux."""
    if sys.platform != "linux":
        return None
    try:
        import ctypes  # a parent never needs it

        libc = ctypes.CDLL(None)
        libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
        libc.syscall.argtypes = [ctypes.c_long, *[ctypes.c_void_p] * 4]
        libc.syscall.restype = ctypes.c_long
    except (ImportError, OSError, AttributeError):
        return None
    return libc
