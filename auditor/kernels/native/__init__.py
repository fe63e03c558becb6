"""Kernels as machine code: made once for this processor by numba, kept as a file of objects, loaded without numba (auditor/doors/llvm.py).

The same results as the NumPy kernels beside which they stand; a process uses them where it has loaded them, and it loads them where
there is enough to do.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SOURCES = ("text", "sketches", "keys", "joins", "jsonl", "keyed", "excerpts", "spans", "reworded", "nodes")
"""The modules of this folder in which kernels stand."""

MAGIC = b"auditor machine code 1\n"

_NUMBERS = {"int64": ctypes.c_int64, "uint64": ctypes.c_uint64, "float64": ctypes.c_double}
_WORD, _POINTER = ctypes.c_int64, ctypes.c_void_p
_ARRAY = (_POINTER, _POINTER, _WORD, _WORD, _POINTER, _WORD, _WORD)
"""How numba passes an array of one dimension: owner, parent, items, bytes an item, data, length, stride."""


class Kernel:
    """A function of machine code. Arrays must be contiguous and of the very types it was made for; the lock of Python is released."""

    def __init__(self, name: str, address: int, arguments: Sequence[str]) -> None:
        self._name, self._arguments = name, [np.dtype(each[:-2]) if each.endswith("[]") else each for each in arguments]
        kinds: list[Any] = [kind for each in arguments for kind in (_ARRAY if each.endswith("[]") else (_NUMBERS[each],))]
        self._function = ctypes.CFUNCTYPE(ctypes.c_int32, _POINTER, _POINTER, *kinds)(address)

    def __call__(self, *values: Any) -> int:
        """What the function returns, an int64."""
        passed: list[Any] = []
        for kind, value in zip(self._arguments, values, strict=True):
            if isinstance(kind, np.dtype):
                given = value if type(value) is Pointed else pointed(value)
                if given.array.dtype != kind:
                    raise TypeError(f"kernel {self._name}: an array of {kind} is expected")
                passed += given.words
            else:
                passed.append(value)
        result, trouble = ctypes.c_int64(), ctypes.c_void_p()
        if self._function(ctypes.byref(result), ctypes.byref(trouble), *passed):
            raise RuntimeError(f"kernel {self._name} failed")
        return result.value


class Pointed(NamedTuple):
    """An array and how numba passes it: made once where a kernel is called with it many times."""

    array: np.ndarray[Any, Any]
    words: tuple[int | None, ...]


def pointed(array: np.ndarray[Any, Any]) -> Pointed:
    """An array of one dimension, contiguous, for a kernel."""
    if array.ndim != 1 or not array.flags.c_contiguous:
        raise TypeError("kernels take contiguous arrays of one dimension")
    return Pointed(array, (None, None, array.size, array.itemsize, array.ctypes.data, array.size, array.itemsize))


_loaded: dict[str, Kernel] = {}
_threads = [1]


def kernel(name: str) -> Kernel | None:
    """The kernel of this name, None where this process has loaded none."""
    return _loaded.get(name)


def load(path: Path, threads: int = 1) -> None:
    """Makes the kernels of a file those that this process uses, with so many threads where there is much to do at once."""
    _loaded.update(_kernels(path))
    _threads[:] = [threads]


def threads() -> int:
    """How many threads a kernel may be given its work in."""
    return _threads[0]


@cache
def _kernels(path: Path) -> Mapping[str, Kernel]:
    from auditor.doors.llvm import addresses

    described, objects = read(path)
    found = addresses(objects, [each["symbol"] for each in described.values()])
    return {name: Kernel(name, found[each["symbol"]], each["arguments"]) for name, each in described.items()}


def unload() -> None:
    """Makes this process use the NumPy kernels again."""
    _loaded.clear()
    _threads[:] = [1]


def read(path: Path) -> tuple[Mapping[str, Any], list[bytes]]:
    """What a file of kernels holds: by name the symbol and the types of the arguments; the objects."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f"{path} holds no kernels")
        header = json.loads(file.readline())
        return header["kernels"], [file.read(size) for size in header["sizes"]]


def packed(kernels: Mapping[str, Any], objects: Sequence[bytes]) -> bytes:
    """The contents of a file of kernels."""
    header = json.dumps({"kernels": kernels, "sizes": [len(each) for each in objects]})
    return MAGIC + header.encode() + b"\n" + b"".join(objects)


def cached() -> Path:
    """Where the kernels of this code lie once they are made for this processor (the user's cache folder)."""
    import importlib.metadata

    state, room = hashlib.sha256(), Path(__file__).parent
    for path in sorted([*room.glob("*.py"), *room.parent.glob("*.py"), *room.parent.glob("*.txt")]):  # constants and tables are compiled in
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite")]
    state.update(json.dumps([versions, sys.version, platform.machine(), _processor()]).encode())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "auditor" / f"kernels-{state.hexdigest()[:32]}.bin"


def _processor() -> list[str]:
    """What the kernel says of the first processor: its model and what it can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0].splitlines()
    except OSError:
        return [platform.processor()]
    return [line for line in lines if line.startswith(("model", "flags", "Features", "CPU part"))]
