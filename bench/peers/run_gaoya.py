"""gaoya: MinHashStringIndex over word 5-grams, 32 bands of 4 hashes of 32 bits; it cuts words and hashes them in Rust."""

from __future__ import annotations

import gaoya  # type: ignore[import-not-found,unused-ignore]
from work import THRESHOLD, N, read


def main() -> None:
    """Cross: the training side inserted, the test side asked for."""
    work = read()
    index = gaoya.minhash.MinHashStringIndex(
        hash_size=32, jaccard_threshold=THRESHOLD, num_bands=32, band_size=4, analyzer="word", lowercase=True, ngram_range=(N, N)
    )
    border = len(work.train)
    with work.stage("sketch and insert train"):
        index.par_bulk_insert_docs(list(range(border)), work.train)
    with work.stage("sketch and query test"):
        found = index.par_bulk_query(work.test)
    work.write(cross=[(other, border + number) for number, others in enumerate(found) for other in others])


if __name__ == "__main__":
    main()
