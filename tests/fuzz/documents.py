"""Documents: whatever a card, a licence or a metadata file holds, statements that can be written down, or a trouble that is named."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from random import Random

from auditor.dataset import as_document
from auditor.licenses import expression, statements
from auditor.sources.card import configs
from auditor.sources.saved import Saved, saved
from auditor.sources.splits import plan

from . import spoil
from .target import Outcome, Target, hold
from .texts import JSON_SPICES, VALUES

PATHS = ("data/train-0.parquet", "data/test-0.parquet", "en/train.csv", "en/test.csv", "README.csv", "a b/ü.jsonl", "validation.json")

LICENSES: tuple[bytes, ...] = tuple(
    name.encode()
    for name in (
        *("MIT", "mit", "Apache-2.0", "apache 2", "GPL-3.0", "GPLv2+", "GPL-2.0-only WITH Classpath-exception-2.0", "CC BY-SA 4.0"),
        *("cc-by-4.0", "CC0", "cc0-1.0", "other", "unknown", "gpl", "cc", "openrail", "public domain", "LicenseRef-mine"),
        *("MIT OR Apache-2.0", "(MIT AND", "MIT AND (BSD-3-Clause OR ISC)", "BSD", "proprietary"),
        *("https://creativecommons.org/licenses/by-nc/4.0/", "ODbL", "etalab-2.0", "http://www.apache.org/licenses/LICENSE-2.0"),
        *("spdx.org/licenses/MIT", "creativecommons.org/publicdomain/zero/1.0/", "mit-0"),
        *("Creative Commons Attribution 4.0 International", "GNU General Public License v3 or later", "The MIT License (MIT)"),
        *("all rights reserved", "This dataset is licensed under the MIT License.", "MIT, except for part of it", "+", "AND", "OR"),
        *("WITH", "(", ")", "-or-later", "DocumentRef-a:"),
    )
)
"""Licences as people write them, and parts of such names."""
_QUOTED = tuple(b'"' + name + b'"' for name in LICENSES)

_YAML: tuple[bytes, ...] = (
    *(b"license: mit\n", b"license: [mit, cc-by-4.0]\n", b"license: other\nlicense_name: x\nlicense_link: LICENSE\n"),
    *(b"license: &a x\nb: *a\n", b"- ", b"? ", b": ", b"!!binary ", b"!!python/object:os.system ", b"!!set {a}", b"!!timestamp ", b"!t "),
    *(b"|\n  ", b">-\n ", b"<<: ", b"{a: 1}", b"&a [*a]", b"0x" + b"f" * 5_000, b"0b1", b"1:30:00", b"1e3", b".inf", b".nan"),
    *(b"2020-01-01T00:00:00Z", b"\t", b"%YAML 1.1\n", b"\n---\n", b"[" * 90, b"{a: " * 120, b"- " * 200, b"9" * 5_000, b"  ", b"\n  "),
    *(b"'", b'"', b'"\\ud800"', b'"\\x00"', b"configs:\n", b"data_files: "),
)
YAML_SPICES = (*_YAML, *spoil.SPICES)
YAML_VALUES: tuple[bytes, ...] = (
    *(b"!!timestamp x", b"!!bool x", b"!!int ''", b"!!int x", b"!!float x", b"!!null x", b"!!binary \xc3\xa9", b"!!binary x"),
    *(b"!!set [a]", b"!!omap [a]", b"!!pairs {a: 1}", b"!!merge x", b"!!str [a]", b"!!map [a]", b"!!seq {a: 1}", b"!x y", b"2020-02-30"),
    *(b"2020-01-01", b"25:61:61", b"1e999", b"0x" + b"f" * 4_400, b"9" * 5_000, b".nan", b".inf", b"-0", b"0o17", b"017", b"0b", b"0x"),
    *(b"{}", b"[]", b"[[a]]", b"{a: {b: c}}", b"''", b"~", b"[a, 1, 2020-01-01]", b"{<<: {a: 1}}", b"{<<: [x]}", b"{[a]: b}"),
    *(b"{? {a: b} : c}", b'"\\ud800"', b'"\\0"', b"'x\n\n  y'", b"|", b">", b"&a x", b"*a", b"{1: 2}", b"{true: 1}", b"{null: 1}"),
    *(b"[null]", b"true", b"0.5", b"-1", b"2", b"a" * 300, b"[" * 90 + b"]" * 90, b"{a: " * 99 + b"1" + b"}" * 99, b"@"),
)
"""Values with which a text may still be YAML."""

_CARD = (
    b"---\nlicense: mit\nlanguage: [en, de]\nconfigs:\n- config_name: en\n  data_files:\n  - split: train\n    path: en/train.csv\n"
    b"  - split: test\n    path: ['en/*.csv', \"**/test-*\"]\n- config_name: all\n  data_dir: data\n  data_files: train-*.parquet\n---\n"
    b"# A dataset\n\nTexts.\n\n## Licence\n\nThis dataset is released under the CC BY 4.0 license. The code is MIT.\n\n## Other\n\n- a\n",
    b"---\nlicense: other\nlicense_name: my-license\nlicense_link: https://opensource.org/licenses/MIT\ndata_files: x\n---\n",
    b"\xef\xbb\xbf---\r\nlicence:\r\n  - cc0-1.0\r\n  - name: ODbL\r\n    url: x\r\n---\r\n# Card\r\n",
    b"# A card\n\n### Licensing information\n\nMIT. See https://spdx.org/licenses/MIT.html for details.\n\n> quoted [x](y)\n",
)
_CFF = (
    b"cff-version: 1.2.0\nmessage: Please cite.\ntitle: A\nauthors:\n  - name: B\nlicense: [MIT, Apache-2.0]\ndate-released: 2020-01-01\n",
    b"license: CC-BY-4.0\nlicense-url: https://creativecommons.org/licenses/by/4.0/\n",
)
_CROISSANT = (
    b'{"@context": {"@vocab": "https://schema.org/", "sc": "https://schema.org/"}, "@type": "sc:Dataset", "name": "x",\n'
    b' "conformsTo": "http://mlcommons.org/croissant/1.0", "license": ["https://spdx.org/licenses/MIT.html",\n'
    b' {"@id": "CC0", "name": "CC0"}],\n'
    b' "distribution": [], "recordSet": []}',
    b'{"@context": "https://schema.org/", "@graph": [{"@type": ["Dataset"], "schema:license": {"@type": "CreativeWork", "url": "x"}}, 1]}',
)
_DATAPACKAGE = (
    b'{"name": "a", "licenses": [{"name": "ODC-PDDL-1.0", "path": "http://opendatacommons.org/licenses/pddl/", "title": "x"}],\n'
    b' "resources": [{"name": "b", "licenses": [{"name": "MIT"}]}, {"license": "CC0-1.0"}, 3]}',
    b'{"license": "MIT", "licence": null, "resources": {"a": 1}}',
)
_INFO = (b'{"license": "mit", "features": {}}', b'{"en": {"license": "cc-by-4.0", "splits": {}}, "de": {"license": ""}}')
_KAGGLE = (
    b'{"title": "A", "id": "b/c", "licenses": [{"name": "CC0-1.0"}]}',
    b'{"title": "INSERT_TITLE_HERE", "licenses": [{"name": "x"}]}',
)
_STATE = (
    b'{"_data_files": [{"filename": "train-0.parquet"}, {"filename": "gone.arrow"}], "_split": "train"}',
    b'{"splits": ["train", "test"], "_data_files": []}',
)
_TEXTS = (
    b"MIT License\n\nCopyright (c) 2020 A\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n",
    b"SPDX-License-Identifier: (MIT OR Apache-2.0)\n<!-- SPDX-License-Identifier: CC0-1.0 -->\n",
    b"The data are licensed under the Creative Commons Attribution 4.0 International License. Code: Apache 2.0.\n",
    b"Attribution 4.0 International\n\nbound by the terms and conditions of this Creative Commons "
    b"Attribution 4.0 International Public License\n",
)


def _stated(data: bytes, folder: Path, path: str) -> Outcome:
    """What is found of licences in a document, and everything that is made of it."""
    file = folder / "document"
    file.write_bytes(data)
    documents = (as_document(path, file),)
    found, wrong = statements.find(documents), statements.troubles(documents)
    hold(statements.readable(documents) == 1, "a document of a known kind is passed over")
    hold(not (found and wrong), "a document that cannot be read says something")
    for each in found:
        hold(each.line is None or 0 < each.line <= len(str(documents[0].text).splitlines()) + 1, "a line that the document has not")
        hold(each.expression is None or expression.parse(each.expression) is not None, "no expression")
    for one in (
        statements.declared(found),
        statements.detected_in(found),
        statements.concluded(found),
        *statements.sources(found).values(),
    ):
        hold(one is None or expression.render(expression.parse(one)) == one, "an expression that is not as it is written")
    told = [statements.as_json(each) for each in found]
    json.dumps(told, allow_nan=False)
    for _, reason in wrong:
        hold(bool(reason) and len(reason) < 400, "the reason is no short line")
        reason.encode()
    if path == "README.md":
        _split(documents[0].text)
    return Outcome(accepted=not wrong, told={"licences": [[each["text"], each["expression"]] for each in told], "trouble": [*wrong]})


def _split(card: str | None) -> None:
    """What a card says of splits."""
    planned = plan(PATHS, (), (), card, Saved())
    hold({each for paths in planned.files.values() for each in paths} <= set(PATHS), "a split has a file that there is not")
    hold(set(planned.configs) <= set(planned.files), "a configuration without files")
    for name in (*planned.files, *configs(card), *(glob for glob, _ in planned.missing)):
        name.encode()


def _saved(data: bytes, folder: Path, path: str) -> Outcome:
    """What state.json, or dataset_dict.json, says of the files beside it."""
    file = folder / "document"
    file.write_bytes(data)
    here = dict.fromkeys(PATHS, file) | {"data/train/train-0.parquet": file}
    found = saved(here, {path: file, path.replace("state", "dataset_dict"): file})
    hold(set(found.order) | set(found.left_out) <= set(here), "a file that there is not")
    hold(not set(found.missing) & set(here), "a file that is there is missing")
    for name in found.missing:
        name.encode()
    return Outcome(accepted=bool(found.order), told={"missing": found.missing, "order": sorted(found.order)})


def _spoiled(rng: Random, seeds: tuple[bytes, ...], spices: tuple[bytes, ...]) -> bytes:
    if spices is JSON_SPICES and rng.random() < 0.5:
        return spoil.values(rng.choice(seeds), rng, (*VALUES, *_QUOTED))
    if spices is YAML_SPICES and rng.random() < 0.4:
        return spoil.values(rng.choice(seeds), rng, (*YAML_VALUES, *LICENSES), spoil.YAML_VALUE)
    return spoil.text(rng.choice(seeds), rng, rng.choice((spices, LICENSES, spoil.SPICES)), seeds)


def _target(name: str, path: str, seeds: tuple[bytes, ...], spices: tuple[bytes, ...], weight: int = 1) -> Target:
    run = partial(_saved if name == "saved" else _stated, path=path)
    return Target(name=name, make=partial(_spoiled, seeds=seeds, spices=spices), run=run, ending=path.rpartition("/")[2], weight=weight)


TARGETS = (
    _target("card", "README.md", _CARD, YAML_SPICES, weight=2),
    _target("citation", "CITATION.cff", _CFF, YAML_SPICES),
    _target("croissant", "croissant.json", _CROISSANT, JSON_SPICES),
    _target("datapackage", "datapackage.json", _DATAPACKAGE, JSON_SPICES),
    _target("dataset-info", "dataset_info.json", _INFO, JSON_SPICES),
    _target("kaggle", "dataset-metadata.json", _KAGGLE, JSON_SPICES),
    _target("license-file", "LICENSE", _TEXTS, LICENSES),
    _target("saved", "data/state.json", _STATE, JSON_SPICES),
)
