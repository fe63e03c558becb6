"""Makes machine code of the kernels, by numba: run as a process of its own, which is the only one that imports numba."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding as llvm
from numba import njit, types
from numba.core import sigutils

from auditor.doors.files import written
from auditor.kernels.native import SOURCES, packed

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"error_model": "numpy", "boundscheck": False, "nogil": True, "_nrt": False}
_KERNELS: list[tuple[str, str, Callable[..., Any]]] = []


def kernel(signature: str) -> Callable[[F], F]:
    """Marks a function that is called from Python, with its types, such as "int64(uint8[::1], uint64)".

    It gets arrays of one dimension and numbers, allocates nothing, raises nothing and returns an int64.
    """

    def marked(function: F) -> F:
        _KERNELS.append((function.__name__, signature, function))
        return function

    return marked


def inner(function: F) -> F:
    """Marks a function that kernels call; it becomes part of each: a call would pass seven words for every array."""
    compiled: F = njit(forceinline=True, **_OPTIONS)(function)
    return compiled


def _object(function: Callable[..., Any], signature: str) -> tuple[str, list[str], bytes]:
    """The symbol of a kernel, the types of its arguments, and its machine code, in which nothing else can be seen from outside."""
    arguments, returned = sigutils.normalize_signature(signature)
    assert returned == types.int64
    compiled = njit([signature], no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function)
    found = next(iter(compiled.overloads.values()))
    symbol, machine = found.fndesc.llvm_func_name, found.library.codegen._tm
    module = llvm.parse_assembly(found.library.get_llvm_str())
    for each in (*module.functions, *module.global_variables):
        if each.name != symbol and (not each.is_declaration or each.linkage == llvm.Linkage.common):
            each.linkage = llvm.Linkage.internal
    cleaning = llvm.create_new_module_pass_manager()
    cleaning.add_global_dead_code_eliminate_pass()
    cleaning.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
    missing = [each.name for each in module.functions if each.is_declaration and not each.name.startswith("llvm.")]
    if set(missing) - {"memcpy", "memset", "memmove"}:
        raise RuntimeError(f"{function.__name__} calls what is not there without numba: {missing}")
    return symbol, [_name(each) for each in arguments], machine.emit_object(module)


def _name(kind: Any) -> str:
    return f"{kind.dtype}[]" if isinstance(kind, types.Array) else str(kind)


def main() -> None:
    """Makes the kernels of all sources, or of those named by the other arguments, and writes them to the file named by the first one."""
    path = Path(sys.argv[2])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in sys.argv[3:] or SOURCES:
        importlib.import_module(f"auditor.kernels.native.{name}")
    made = {function.__name__: _object(function, signature) for function, signature in ((f, s) for _, s, f in _KERNELS)}
    kernels = {name: {"symbol": symbol, "arguments": arguments} for name, (symbol, arguments, _) in made.items()}
    written(path, packed(kernels, [code for _, _, code in made.values()]), mode=0o600)
