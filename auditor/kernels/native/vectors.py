"""What numba has no words for: loads that need not be aligned, counts of bits, and vectors, which LLVM lowers to what a processor has."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from auditor.kernels.hashes import P
from auditor.kernels.minhash import TOGETHER

PACKS = "+avx512vbmi2" in cpu_target.target_context.codegen().magic_tuple()[2].split(",")
"""Whether the processor has an instruction that moves the chosen bytes of 64 to the front."""

I1, I8, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 32, 64))
BLOCK = 64
"""Bytes that are looked at together."""

LANES = 16
ROWS = TOGETHER // LANES
"""Permutations in a vector, and vectors that stay in registers while a set passes by."""


def _pointer(context, builder, kind, array, place, item):
    """Where element `place` of an array of numba lies, as a pointer to `item`."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [place]), item.as_pointer())


@intrinsic
def zeros_below(typingctx, bits):
    """How many zeros stand below the lowest one of a uint64; 64 where there is none."""

    def code(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(I1, 0))

    return types.int64(types.uint64), code


@intrinsic
def load64(typingctx, data, place):
    """Eight bytes from data[place] on as a little-endian number."""

    def code(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, I64)
        return builder.load(pointer, align=1)

    return types.uint64(data, types.int64), code


@intrinsic
def lowered(typingctx, data, place, out, where):
    """Copies 64 bytes with A-Z in lower case; which of them are letters, digits or `_`, and which are no ASCII (two uint64, bit i for
    byte i).
    """

    def code(context, builder, signature, arguments):
        vector = ir.VectorType(I8, BLOCK)

        def each(number):
            return ir.Constant(vector, [number] * BLOCK)

        def within(values, first, last):
            return builder.icmp_unsigned("<", builder.sub(values, each(first)), each(last - first + 1))

        source = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], vector)
        target = _pointer(context, builder, signature.args[2], arguments[2], arguments[3], vector)
        values = builder.load(source, align=1)
        capital = within(values, ord("A"), ord("Z"))
        lower = builder.select(capital, builder.add(values, each(32)), values)
        builder.store(lower, target, align=1)
        letter = builder.or_(within(lower, ord("a"), ord("z")), within(lower, ord("0"), ord("9")))
        letter = builder.or_(letter, builder.icmp_unsigned("==", lower, each(ord("_"))))
        high = builder.icmp_signed("<", values, each(0))
        masks = [builder.bitcast(bits, I64) for bits in (letter, high)]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 2)(data, types.int64, out, types.int64), code


@intrinsic
def spread(typingctx, data, place, out, where):
    """Sixteen bytes as items of shingles (kernels/hashes.py); which of them are no ASCII (uint64, with the bits above set)."""

    def code(context, builder, signature, arguments):
        few, wide = ir.VectorType(I8, 16), ir.VectorType(I64, 16)
        source = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], few)
        target = _pointer(context, builder, signature.args[2], arguments[2], arguments[3], wide)
        values = builder.load(source, align=1)
        items = builder.mul(builder.zext(values, wide), ir.Constant(wide, [P] * 16))
        builder.store(builder.xor(items, builder.lshr(items, ir.Constant(wide, [32] * 16))), target, align=8)
        high = builder.bitcast(builder.icmp_signed("<", values, ir.Constant(few, [0] * 16)), ir.IntType(16))
        return builder.or_(builder.zext(high, I64), ir.Constant(I64, 0x10000))

    return types.uint64(data, types.int64, out, types.uint64), code


@intrinsic
def least(typingctx, hashes, count, factors, summands, place, out, where):
    """Lowers out[where:] to the least hashes[k] * factor + summand mod 2^32 over k < count, for TOGETHER permutations from `place` on."""

    def code(context, builder, signature, arguments):
        vector = ir.VectorType(I32, LANES)
        kinds = signature.args

        def at(which, first, row):
            start = builder.add(arguments[first], ir.Constant(I64, row * LANES))
            return _pointer(context, builder, kinds[which], arguments[which], start, vector)

        factor = [builder.load(at(2, 4, row), align=1) for row in range(ROWS)]
        summand = [builder.load(at(3, 4, row), align=1) for row in range(ROWS)]
        lowest = [cgutils.alloca_once_value(builder, builder.load(at(5, 6, row), align=1)) for row in range(ROWS)]
        with cgutils.for_range(builder, arguments[1]) as loop:
            value = builder.load(_pointer(context, builder, kinds[0], arguments[0], loop.index, I32))
            first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(I32, 0))
            spread = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(I32, LANES), [0] * LANES))
            for row in range(ROWS):
                permuted = builder.add(builder.mul(spread, factor[row]), summand[row])
                held = builder.load(lowest[row])
                builder.store(builder.select(builder.icmp_unsigned("<", permuted, held), permuted, held), lowest[row])
        for row in range(ROWS):
            builder.store(builder.load(lowest[row]), at(5, 6, row), align=1)
        return ir.Constant(I64, 0)

    return types.int64(hashes, types.int64, factors, summands, types.int64, out, types.int64), code


def _block(context, builder, kind, array, place):
    """BLOCK bytes from array[place] on as a vector, and a function that makes such a vector of one number."""
    vector = ir.VectorType(I8, BLOCK)
    part = builder.load(_pointer(context, builder, kind, array, place, vector), align=1)
    return part, lambda number: ir.Constant(vector, [number] * BLOCK)


@intrinsic
def stops(typingctx, data, place):
    """Which of 64 bytes end a run of plain text in a JSON string: quotes, backslashes, control characters (uint64, bit i for byte i)."""

    def code(context, builder, signature, arguments):
        part, each = _block(context, builder, signature.args[0], *arguments)
        found = builder.icmp_unsigned("<", part, each(0x20))
        for mark in b'"\\':
            found = builder.or_(found, builder.icmp_unsigned("==", part, each(mark)))
        return builder.bitcast(found, I64)

    return types.uint64(data, types.int64), code


@intrinsic
def begun(typingctx, data, place):
    """In which of 64 bytes of UTF-8 a code point begins (uint64, bit i for byte i)."""

    def code(context, builder, signature, arguments):
        part, each = _block(context, builder, signature.args[0], *arguments)
        return builder.bitcast(builder.icmp_signed(">", part, each(0xBF)), I64)

    return types.uint64(data, types.int64), code


@intrinsic
def ones(typingctx, bits):
    """How many bits of a uint64 are set."""

    def code(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), code


@intrinsic
def numbered(typingctx, bits, first, out, where):
    """Writes first + i for each bit i that is set in a uint64 to out[where:], ascending, and up to 15 more numbers; how many bits are set.
    For processors of which PACKS is true.
    """

    def code(context, builder, signature, arguments):
        chosen, first, out, where = arguments
        bytes_, part = ir.VectorType(I8, BLOCK), ir.VectorType(I32, LANES)
        packing = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(bytes_, [bytes_, bytes_, ir.VectorType(I1, BLOCK)]), "llvm.x86.avx512.mask.compress.v64i8"
        )
        mask = builder.bitcast(chosen, ir.VectorType(I1, BLOCK))
        places = builder.call(packing, [ir.Constant(bytes_, list(range(BLOCK))), ir.Constant(bytes_, None), mask])
        alone = builder.insert_element(ir.Constant(part, ir.Undefined), builder.trunc(first, I32), ir.Constant(I32, 0))
        base = builder.shuffle_vector(alone, alone, ir.Constant(part, [0] * LANES))
        count = builder.ctpop(chosen)
        for begin in range(0, BLOCK, LANES):
            with builder.if_then(builder.icmp_unsigned(">", count, ir.Constant(I64, begin)), likely=begin == 0):
                lanes = ir.Constant(part, list(range(begin, begin + LANES)))
                some = builder.add(builder.zext(builder.shuffle_vector(places, places, lanes), part), base)
                start = builder.add(where, ir.Constant(I64, begin))
                builder.store(some, _pointer(context, builder, signature.args[2], out, start, part), align=4)
        return count

    return types.uint64(types.uint64, types.int64, out, types.uint64), code


@intrinsic
def copied(typingctx, data, place, out, where):
    """Copies 64 bytes; returns 0."""

    def code(context, builder, signature, arguments):
        part, _ = _block(context, builder, signature.args[0], *arguments[:2])
        builder.store(part, _pointer(context, builder, signature.args[2], *arguments[2:], part.type), align=1)
        return ir.Constant(I64, 0)

    return types.int64(data, types.int64, out, types.int64), code
