"""A dataset on disk that has hostile texts wherever a dataset has texts: names of files, splits and columns, cells, labels, documents."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from auditor.model import Json

ROWS = 6


def written(home: Path, texts: Sequence[str]) -> list[str]:
    """Writes `home`/data and what an audit is given beside it; the arguments of the audit."""
    data, given = home / "data", home / "given"
    data.mkdir(parents=True)
    given.mkdir()
    columns = [text for text in texts if text.strip() and "\x00" not in text and not _broken(text)]
    names = dict.fromkeys(_file_name(text) for text in texts)
    splits = _splits(texts)
    _records(data, columns, splits, texts)
    for number, name in enumerate(names):
        (data / os.fsdecode(name)).write_text("a,b\n1,2,3\n" if number % 3 else "not data", encoding="utf-8")
    _documents(data, texts, splits)
    return [str(data), *_given(given, columns, texts)]


def _broken(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _file_name(text: str) -> bytes:
    """A name that a file can have, with as much of the text as fits; not every one is UTF-8."""
    name = text.replace("/", "∕").replace("\x00", "").encode("utf-8", "surrogatepass")[:200]
    return (b"x" if name[:1] in {b".", b"_", b""} else b"") + name + (b".csv" if len(name) % 2 else b".bin")


def _splits(texts: Sequence[str]) -> dict[str, str]:
    """Names of splits by the files they are made of."""
    said = [text for text in texts if text.strip() and not _broken(text) and "\x00" not in text and len(text) < 100]
    return {"train": "train.jsonl", "test": "test.jsonl", **{f"{text} {n}": f"part{n}.jsonl" for n, text in enumerate(said[:2])}}


def _records(data: Path, columns: Sequence[str], splits: dict[str, str], texts: Sequence[str]) -> None:
    whole = [text for text in texts if not _broken(text)]
    for file in splits.values():
        cells = itertools.cycle(whole)
        with (data / file).open("w", encoding="utf-8") as out:
            for row in range(ROWS):
                record = {column: next(cells) for column in columns}
                record |= {"text": f"{whole[row]} and words enough to be compared, {row}", "label": whole[-1 - row // 2]}
                record |= {"license": whole[row], "generator": whole[-1 - row], "source": whole[row]}
                out.write(json.dumps(record) + "\n")
            out.writelines(json.dumps({"text": text}) + "\n" for text in texts if _broken(text))
            out.write('{"text": \n')


def _documents(data: Path, texts: Sequence[str], splits: dict[str, str]) -> None:
    turns: Iterator[str] = itertools.cycle([text for text in texts if not _broken(text)])

    def said() -> str:
        return json.dumps(next(turns))

    files = [f"  - split: {json.dumps(name)}\n    path: {file}" for name, file in splits.items()]
    card = [
        *("---", f"pretty_name: {said()}", "license: other", f"license_name: {said()}", f"license_link: {said()}", f"language: [{said()}]"),
        *(f"tags: [{said()}, {said()}]", f"source_datasets: [{said()}]", f"annotations_creators: [{said()}]"),
        *("configs:", f"- config_name: {said()}", "  data_files:", *files, "---", ""),
    ]
    prose = [f"# {next(turns)}", f"## License\n\nThis dataset is under the {next(turns)} license.", f"## Citation\n\n{next(turns)}"]
    (data / "README.md").write_text("\n".join([*card, *prose]), encoding="utf-8")
    (data / "LICENSE").write_text(f"Copyright (c) 2020 {next(turns)}\n\n{next(turns)}\n", encoding="utf-8")
    (data / "NOTICE").write_text(f"Copyright 2021 {next(turns)}\nSPDX-License-Identifier: {next(turns)}\n", encoding="utf-8")
    cff = [f"cff-version: {said()}", f"title: {said()}", f"license: [{said()}, {said()}]", f"authors: [{{name: {said()}}}]"]
    (data / "CITATION.cff").write_text("\n".join([*cff, f"doi: {said()}", ""]), encoding="utf-8")
    croissant: dict[str, Json] = {"@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0"}
    croissant |= {name: next(turns) for name in ("name", "description", "license", "url", "version", "citeAs", "datePublished")}
    croissant |= {"creator": {"@type": "Person", "name": next(turns)}, "keywords": [next(turns)]}
    (data / "croissant.json").write_text(json.dumps(croissant), encoding="utf-8")
    package: dict[str, Json] = {name: next(turns) for name in ("name", "title", "description", "homepage", "version")}
    package |= {"licenses": [{"name": next(turns), "path": next(turns), "title": next(turns)}], "contributors": [{"title": next(turns)}]}
    package |= {"sources": [{"title": next(turns), "path": next(turns), "license": next(turns)}], "resources": []}
    (data / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def _given(given: Path, columns: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    """Options of the audit, and the files they name: a benchmark, a rule file, facts of the dataset."""
    items = given / os.fsdecode(_file_name(texts[0]))
    items.mkdir()
    with (items / "test.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps({"text": f"{text} and words enough to be compared, {n}"}) + "\n" for n, text in enumerate(texts[:9]))
    words = [text for text in texts if not _broken(text) and "\x00" not in text and text.strip()]
    demands = {"columns": {column: {"type": "integer", "why": words[n % len(words)]} for n, column in enumerate(columns[:9])}}
    (given / "rules.yaml").write_text(json.dumps({"auditor": 1, "name": words[0], **demands}), encoding="utf-8")
    facts = {"built": "2024-02-03", "released": "2024-03-03", "download_location": "https://example.org/data", "originated_by": words[1]}
    facts |= {"description": words[-1], "intended_use": words[2], "noise": words[3]}
    (given / "auditor.yaml").write_text(json.dumps({"dataset": facts}), encoding="utf-8")
    yield from ("--against", str(items), "--schema", str(given / "rules.yaml"), "--config", str(given / "auditor.yaml"))
    yield from ("--label", "label", "--text", "text", "--group", columns[0], "--id", columns[1])
