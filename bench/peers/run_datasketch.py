"""datasketch: MinHash.bulk and MinHashLSH with what they default to, as its documentation shows it."""

from __future__ import annotations

from datasketch import MinHash, MinHashLSH
from work import PERMUTATIONS, THRESHOLD, read, shingles


def main() -> None:
    """Cross: the training side inserted, the test side asked for. All: both inserted, both asked for."""
    work = read()
    with work.stage("shingles"):
        sets = [[shingle.encode() for shingle in shingles(text)] for text in (*work.train, *work.test)]
    with work.stage("sketches"):
        sketches = MinHash.bulk(sets, num_perm=PERMUTATIONS)
    del sets
    border = len(work.train)
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    with work.stage("insert train"), index.insertion_session() as session:
        for number, sketch in enumerate(sketches[:border]):
            session.insert(number, sketch)
    with work.stage("query test"):
        across = [(other, border + number) for number, sketch in enumerate(sketches[border:]) for other in index.query(sketch)]
    with work.stage("insert test"), index.insertion_session() as session:
        for number, sketch in enumerate(sketches[border:]):
            session.insert(border + number, sketch)
    with work.stage("query all"):
        every = [(number, other) for number, sketch in enumerate(sketches) for other in index.query(sketch) if number < other]
    work.write(cross=across, all=every)


if __name__ == "__main__":
    main()
