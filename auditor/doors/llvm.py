"""The door to llvmlite: machine code becomes functions of this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_held: list[object] = []
"""The engines whose code is used: it is gone when they are."""


def addresses(objects: Sequence[bytes], symbols: Sequence[str]) -> Mapping[str, int]:
    """The addresses of functions in object files that were made for this machine."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    for each in objects:
        engine.add_object_file(llvm.ObjectFileRef.from_data(each))
    engine.finalize_object()
    _held.append(engine)
    return {symbol: engine.get_function_address(symbol) for symbol in symbols}
