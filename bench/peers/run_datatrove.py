"""datatrove: its three steps of MinHash de-duplication (14 buckets of 8, word 5-grams, its tokenizer of English), clusters at the end."""

from __future__ import annotations

import tempfile
from pathlib import Path

from datatrove.data import Document  # type: ignore[import-not-found,unused-ignore]
from datatrove.pipeline.dedup import MinhashDedupSignature  # type: ignore[import-not-found,unused-ignore]
from datatrove.pipeline.dedup.minhash import (  # type: ignore[import-not-found,unused-ignore]
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
)
from work import read


def main() -> None:
    """All documents: signatures, buckets, clusters."""
    work, config = read(), MinhashConfig()
    texts = (*work.train, *work.test)
    with tempfile.TemporaryDirectory() as temporary:
        signatures, buckets, removed = (str(Path(temporary) / name) for name in ("signatures", "buckets", "removed"))
        documents = (Document(text=text, id=str(number)) for number, text in enumerate(texts))
        with work.stage("signatures"):
            MinhashDedupSignature(output_folder=signatures, config=config, language="en").run(documents, 0, 1)
        with work.stage("buckets"):
            for rank in range(config.num_buckets):
                MinhashDedupBuckets(input_folder=signatures, output_folder=buckets, config=config).run(None, rank, config.num_buckets)
        with work.stage("clusters"):
            MinhashDedupCluster(input_folder=buckets, output_folder=removed, config=config).run(None, 0, 1)
        work.write()


if __name__ == "__main__":
    main()
