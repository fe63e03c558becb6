"""rensa: RMinHash of token lists, RMinHashLSH with 32 bands of 4, candidates kept by the similarity of their sketches.

With a fourth argument, a folder with the same shingles as 64-bit hashes (`hashes`, `offsets`), its sketch kernel alone.
"""

from __future__ import annotations

import sys
from array import array
from pathlib import Path

from rensa import RMinHash, RMinHashLSH  # type: ignore[import-not-found,unused-ignore]
from work import PERMUTATIONS, THRESHOLD, read, shingles


def kernel(folder: Path) -> None:
    """Times the sketches of shingles that are hashed already, thrice."""
    work = read()
    values, offsets = array("Q", (folder / "hashes").read_bytes()), array("Q", (folder / "offsets").read_bytes())
    for turn in range(3):
        with work.stage(f"kernel {turn}"):
            RMinHash.digest_matrix_from_flat_token_hashes(values, offsets, PERMUTATIONS, 42)
    work.write()


def main() -> None:
    """Cross: the training side inserted, the test side asked for."""
    if len(sys.argv) > 4:
        return kernel(Path(sys.argv[4]))
    work = read()
    with work.stage("shingles"):
        sets = [shingles(text) for text in (*work.train, *work.test)]
    with work.stage("sketches"):
        sketches = RMinHash.from_token_sets(sets, num_perm=PERMUTATIONS, seed=42)
    border = len(work.train)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=32)
    with work.stage("insert train"):
        index.insert_many(sketches[:border])
    with work.stage("query test"):
        near = [
            (other, border + number)
            for number, sketch in enumerate(sketches[border:])
            for other in index.query(sketch)
            if sketch.jaccard(sketches[other]) >= THRESHOLD
        ]
    return work.write(cross=near)


if __name__ == "__main__":
    main()
