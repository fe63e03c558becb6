"""What a file of a dataset is by its name: data, a document, somebody's configuration, or none of them."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Literal

from auditor.dataset import SPLIT_WORDS, tokens

Kind = Literal["data", "document", "configuration", "unknown"]

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
COMPRESSED = (".gz", ".zst", ".bz2", ".xz")
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".dill")

PEEKED = 4 << 20
"""Bytes of a file that are looked at to tell what it is."""

_DOCUMENT_STEMS = ("readme", "license", "licence", "copying", "notice", "attribution", "citation", "unlicense")
_DOCUMENT_STEM = re.compile(r"(?:data|dataset|content)[._-]?licen[sc]e")
_DOCUMENT_ENDINGS = (".md", ".cff", ".license", ".croissant.json", ".jsonld", ".spdx.json", ".spdx3.json", ".cdx.json")
_METADATA = {
    *("datapackage.json", "dataset-metadata.json", "croissant.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"),
    *("state.json", "reuse.toml", "ro-crate-metadata.json", "datacite.json", "zenodo.json", "ckan.json", "dcat.json", "bom.json"),
    *("robots.txt", "ai.txt", "tdmrep.json", "rsl.xml"),
}
UNHIDDEN = frozenset({".zenodo.json", ".reuse"})
"""Names of documents that begin with a dot and are read all the same: what Zenodo and REUSE are told of a dataset."""

_CROISSANT = re.compile(r"mlcommons\.org/croissant|sc:Dataset", re.I)
_DATA_LIKE = re.compile(
    r"\.(zip|tar|tgz|tbz2|txz|7z|rar|lz4|gz|zst|bz2|xz|sz|br|xlsx?|ods|pkl|pickle|joblib|dill|npz|npy|pt|pth|h5|hdf5|mat|sqlite3?|db|duckdb|lmdb|mdb"
    r"|avro|orc|msgpack|tfrecords?|bin|dat|data|txt|text|xml|conll|conllu|arff|libsvm|svm|tab|psv|jsonlines|jl|geojson|rds|rdata|sav|dta)$"
)


def format_of(name: str) -> str | None:
    """The format that a name's ending promises, compressed or not; None if none is."""
    path = PurePosixPath(name.lower())
    return FORMATS.get(PurePosixPath(path.stem).suffix if path.suffix in COMPRESSED else path.suffix)


def kind_of(path: str, file: Path) -> Kind:
    """What the file at a path of the dataset is; two kinds of name are not enough and have the file's beginning looked at."""
    parent, name = PurePosixPath(path).parent.name, PurePosixPath(path).name.lower()
    if name in {"auditor.yaml", "auditor.yml", "auditor-waivers.yaml", "auditor-waivers.yml"} or name.endswith(".policy.yaml"):
        return "configuration"
    if name == "pyproject.toml" and re.search(r"^\s*\[\s*tool\s*\.\s*auditor\b", _beginning(file), re.M):
        return "configuration"
    if parent == ".reuse" or name == ".zenodo.json":
        return "document" if name in {"dep5", ".zenodo.json"} else "unknown"
    if name in _METADATA or name.endswith(_DOCUMENT_ENDINGS) or parent == "LICENSES":
        return "document"
    if name == "metadata.json" and _CROISSANT.search(_beginning(file)):
        return "document"
    if format_of(name) is not None:
        return "data"
    return (
        "document"
        if (name.startswith(_DOCUMENT_STEMS) or _DOCUMENT_STEM.match(name)) and not name.endswith((".py", *PICKLES))
        else "unknown"
    )


def data_like(path: str) -> bool:
    """Whether a file that is not read looks as if it held data: by its ending, or by one that is read."""
    name = PurePosixPath(path.lower()).name
    return format_of(name) is not None or _DATA_LIKE.search(name) is not None


def split_of(path: str) -> str | None:
    """The split that a path names: the nearest folder that has a token of one, else the file; of several tokens the first."""
    parts = PurePosixPath(path)
    for name in (*(folder.name for folder in parts.parents), parts.name):
        for token in tokens(name):
            if token in SPLIT_WORDS:
                return SPLIT_WORDS[token]
    return None


def _beginning(file: Path) -> str:
    with file.open("rb") as stream:
        return stream.read(PEEKED).decode("utf-8", "replace")
