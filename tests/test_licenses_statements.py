"""What documents say about licences: where it is found, what it means, and that no document can break the search."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.dataset import Document
from auditor.licenses import detected, statements
from auditor.licenses.statements import concluded, declared, detected_in, find, held, troubles

MIT = """MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


CC_BY = "https://creativecommons.org/licenses/by/4.0/"
PDDL = "http://opendatacommons.org/licenses/pddl/"
DATASET = {"@context": {}, "@type": "Dataset"}


def doc(path: str, text: str | None) -> Document:
    return Document(path=path, file="", text=text)


def card(front: str, body: str = "# A dataset\n") -> Document:
    return doc("README.md", f"---\n{front}\n---\n{body}")


def as_json(path: str, value: Any) -> Document:
    return doc(path, json.dumps(value))


def summary(*documents: Document) -> list[tuple[str, int | None, str, str | None]]:
    return [(each.file, each.line, each.method, each.expression) for each in find(documents)]


@pytest.mark.parametrize(
    ("front", "line", "expressions", "result"),
    [
        ("license: mit", 2, ["MIT"], "MIT"),
        ("language: en\nlicense: [cc-by-4.0, mit]", 3, ["CC-BY-4.0", "MIT"], "CC-BY-4.0 AND MIT"),
        ("licence: cc0-1.0", 2, ["CC0-1.0"], "CC0-1.0"),
        ("license: other\nlicense_name: CC BY 4.0", 2, ["CC-BY-4.0"], "CC-BY-4.0"),
        ("license: other\nlicense_name: mine\nlicense_link: https://creativecommons.org/licenses/by/4.0/", 2, ["CC-BY-4.0"], "CC-BY-4.0"),
        ("a: 1\nlicense_details: Creative Commons Attribution 4.0", 3, ["CC-BY-4.0"], "CC-BY-4.0"),
        ("license: cc", 2, [None], None),
        ("license: unknown", 2, [None], None),
        ("license: [cc-by-sa-3.0, gfdl]", 2, ["CC-BY-SA-3.0", None], None),
        ("license: 3", 2, [None], None),
        ("license: {a: b}", 2, [None], None),
        ("license: {name: MIT}", 2, ["MIT"], "MIT"),
        ("license: [null]", 2, [], None),
        ("license: [[mit]]", 2, [], None),
        ("license: null", 2, [], None),
        ("license: US-Government-Works", 2, ["LicenseRef-public-domain"], "LicenseRef-public-domain"),
        ("license: LicenseRef-ours", 2, ["LicenseRef-ours"], "LicenseRef-ours"),
        ("- license", 2, [], None),
        ("title: none", 2, [], None),
    ],
)
def test_the_front_matter_of_a_card(front: str, line: int, expressions: list[str | None], result: str | None) -> None:
    assert summary(card(front)) == [("README.md", line, "card-yaml", each) for each in expressions]
    assert declared(find([card(front)])) == result


@pytest.mark.parametrize(
    ("body", "expression", "line"),
    [
        ("## Licensing Information\n\nThe data is released under CC BY-NC 4.0.\n", "CC-BY-NC-4.0", 6),
        ("## License\nMIT\n\n## Other\nApache-2.0\n", "MIT", 5),
        ("### Licensing Information\n\n[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/legalcode)\n", "CC-BY-SA-4.0", 6),
        ("License\n=======\nCC BY-NC 4.0\n", "CC-BY-NC-4.0", 6),
        ("- **License**: CC BY-NC 4.0\n", "CC-BY-NC-4.0", 4),
        ("## License\nThe code is released under the MIT license.\n", None, None),
        ("## License\n[More Information Needed]\n", None, None),
        ("## Data\nLicensed under MIT.\n", None, None),
    ],
)
def test_the_prose_of_a_card(body: str, expression: str | None, line: int | None) -> None:
    found = find([card("a: b", body)])
    assert [(each.method, each.kind, each.expression, each.line) for each in found] == (
        [("card-prose", "detected", expression, line)] if expression else []
    )


@pytest.mark.parametrize(
    ("front", "body", "doubtful"),
    [
        ("license: mit", "## License\nFor non-commercial use only.", True),
        ("license: cc-by-nc-4.0", "## License\nFor non-commercial use only.", False),
        ("license: mit", "## License\nThe dataset may be used for commercial research purposes.", False),
        ("license: mit", "## License\nMIT\n\n## Terms of use\nNon-commercial use is allowed.", True),
        ("license: mit", "## Lizenz\nNur für nicht-kommerzielle Zwecke.", True),
        ("license: mit", "## License\nThe code is MIT. The data is CC-BY-NC-4.0.", True),
        ("license: cc-by-4.0", "## License\nThe code is GPL-3.0. The data is CC-BY-4.0.", False),
        ("license: cc-by-4.0", "## License\nThe texts are under CC BY 4.0. The images are under CC BY-NC-SA 2.0.", True),
        ("license: cc-by-4.0", "## License\nCreative Commons, see the page.", False),
        ("license: cc-by-4.0", "## License\nSee the page.", False),
        ("a: b", "## License\nReleased under a modified MIT license.", True),
        ("a: b", "## License\nThe texts are under CC BY 4.0. The images are under CC BY-NC 4.0.", True),
        ("license: mit\nextra_gated_prompt: You agree not to use it for commercial purposes.", "", True),
        ("license: cc-by-4.0\nlicense_details: For non-commercial use only", "", True),
        ("license: cc-by-4.0\nlicense_link: https://creativecommons.org/licenses/by-nc/4.0/", "", True),
        ("license: [cc-by-4.0, other]", "", True),
    ],
)
def test_what_restricts_more_than_the_tag_is_never_silent(front: str, body: str, doubtful: bool) -> None:
    found = find([card(front, body)])
    assert (concluded(found) is None) == doubtful
    assert any(each.expression is None for each in found) == doubtful


def test_a_badge_counts_where_nothing_else_says_a_licence() -> None:
    badge = "![CC BY NC 4.0](https://img.shields.io/badge/License-CC%20BY--NC%204.0-lightgrey.svg)\n"
    plain = Document(path="README.md", file="README.md", text=badge)
    assert summary(plain) == [("README.md", 1, "card-prose", "CC-BY-NC-4.0")]
    assert summary(card("license: mit", badge)) == [("README.md", 2, "card-yaml", "MIT")]


def test_a_use_must_keep_to_the_strictest_of_all_sources_and_to_what_restricts_otherwise() -> None:
    licence = Document(path="LICENSE", file="LICENSE", text="Licensed under the MIT License.\n")
    inner = Document(path="data/LICENSE", file="data/LICENSE", text="Licensed under CC BY-NC 4.0.\n")
    found = find([card("license: mit", "## License\nThis dataset is licensed under CC BY-SA 4.0.\n"), licence, inner])
    assert (concluded(found), held(found)) == ("MIT", ("MIT", "CC-BY-NC-4.0", "CC-BY-SA-4.0"))


@pytest.mark.parametrize(
    ("path", "value", "method", "expressions"),
    [
        ("datapackage.json", {"licenses": [{"name": "odc-pddl", "path": PDDL}]}, "datapackage", ["PDDL-1.0"]),
        ("datapackage.json", {"licenses": [{"name": "cc-by", "path": CC_BY}]}, "datapackage", ["CC-BY-4.0"]),
        ("datapackage.json", {"licenses": [{"name": "MIT", "path": CC_BY}]}, "datapackage", [None]),
        ("datapackage.json", {"licences": [{"title": "CC BY 4.0"}]}, "datapackage", ["CC-BY-4.0"]),
        ("datapackage.json", {"resources": [{"licenses": [{"name": "MIT"}]}, 7, {"licenses": 7}]}, "datapackage-resource", ["MIT", None]),
        ("croissant.json", {"@context": {}, "@type": "sc:Dataset", "recordSet": [], "license": "mit"}, "croissant", ["MIT"]),
        (
            "metadata.json",
            {**DATASET, "conformsTo": "http://mlcommons.org/croissant/1.0", "license": [{"@type": "CreativeWork", "url": CC_BY}]},
            "croissant",
            ["CC-BY-4.0"],
        ),
        ("about.json", {"@context": {}, "@graph": [{"@type": "Dataset", "license": "cc0-1.0"}, 5]}, "schema-org", ["CC0-1.0"]),
        ("other.json", {"license": "mit"}, "", []),
        ("dataset-metadata.json", {"title": "T", "licenses": [{"name": "CC0-1.0"}]}, "kaggle", ["CC0-1.0"]),
        ("dataset-metadata.json", {"title": "INSERT_TITLE_HERE", "licenses": [{"name": "CC0-1.0"}]}, "kaggle", [None]),
        ("dataset_info.json", {"license": "apache-2.0"}, "dataset-info", ["Apache-2.0"]),
        ("dataset_infos.json", {"a": {"license": ""}, "b": {"license": "MIT"}, "c": {"license": "MIT"}, "d": 1}, "dataset-info", ["MIT"]),
        ("dataset_infos.json", [1, 2], "", []),
        ("datapackage.json", {"licenses": {"name": {"name": "MIT"}}}, "datapackage", [None]),
    ],
)
def test_metadata_files(path: str, value: Any, method: str, expressions: list[str | None]) -> None:
    assert [(each.method, each.expression) for each in find([as_json(path, value)])] == [(method, each) for each in expressions]


def test_several_licences_of_a_citation_are_a_choice() -> None:
    found = find([doc("CITATION.cff", "cff-version: 1.2.0\nlicense:\n  - MIT\n  - Apache-2.0\n")])
    assert [(each.line, each.many, each.expression) for each in found] == [(3, "OR", "MIT"), (4, "OR", "Apache-2.0")]
    assert declared(found) == "MIT OR Apache-2.0"
    assert declared(find([doc("CITATION.cff", "license-url: https://cdla.dev/permissive-2-0/\n")])) == "CDLA-Permissive-2.0"


def test_the_card_comes_first_and_what_says_nothing_does_not_count() -> None:
    croissant = as_json("croissant.json", {"@context": {}, "@type": "Dataset", "recordSet": [], "license": "cc-by-4.0"})
    assert declared(find([croissant, card("license: mit")])) == "MIT"
    assert declared(find([croissant, card("license: unknown")])) == "CC-BY-4.0"
    assert declared(find([croissant, card("license: cc")])) is None


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("LICENSE", True),
        ("LICENCE.txt", True),
        ("license.md", True),
        ("COPYING", True),
        ("data/LICENSE-DATA", True),
        ("DATA_LICENSE", True),
        ("LICENSES/CC0-1.0.txt", True),
        ("UNLICENSE", True),
        ("LICENSE-CODE", False),
        ("licenses.csv", False),
        ("license.py", False),
        ("README.md", False),
    ],
)
def test_which_documents_are_licences(path: str, is_one: bool) -> None:
    assert detected.is_license(path) is is_one


@pytest.mark.parametrize(
    ("path", "text", "expression"),
    [
        ("LICENSE", MIT, "MIT"),
        ("LICENSE", MIT + "\nThe Software may not be used for training machine learning models.\n", None),
        ("LICENSE", MIT.replace("to deal\n", "to deal for non-commercial purposes\n"), None),
        ("LICENSE", "This dataset is licensed under CC BY-SA 4.0.\n", "CC-BY-SA-4.0"),
        ("LICENSE", "SPDX-License-Identifier: CC-BY-4.0 OR MIT\n", "CC-BY-4.0 OR MIT"),
        ("LICENSE", "<!-- SPDX-License-Identifier: MIT -->\n", "MIT"),
        ("LICENSE", "SPDX-License-Identifier:   \n", None),
        ("LICENSE", "https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("LICENSES/CC0-1.0.txt", "(text left out)", "CC0-1.0"),
        ("LICENSE", "You may look at it.\n", None),
        ("LICENSE", "", None),
        ("LICENSE", "MIT License\n\n" + "word " * 2_000, None),
    ],
)
def test_licence_files(path: str, text: str, expression: str | None) -> None:
    assert detected_in(find([doc(path, text)])) == expression


def test_the_stricter_of_declared_and_detected_is_concluded() -> None:
    found = find([card("license: mit"), doc("LICENSE", "Released under CC BY-NC 4.0.")])
    assert (declared(found), detected_in(found), concluded(found)) == ("MIT", "CC-BY-NC-4.0", "CC-BY-NC-4.0")
    assert concluded(find([card("license: mit")])) == "MIT"
    assert concluded(find([])) is None


def test_a_licence_text_counts_before_prose() -> None:
    found = find([card("a: b", "## License\nMIT\n"), doc("LICENSE", "Released under CC BY 4.0.")])
    assert detected_in(found) == "CC-BY-4.0"


def test_long_statements_are_shortened() -> None:
    (statement,) = find([card("license: " + "x" * 500)])
    assert (len(statement.text), statement.text[-1]) == (statements.SHOWN, "…")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (card("license: [mit"), "YAML"),
        (card("a: &x [1]\nlicense: *x"), "aliases"),
        (card("license: " + "[" * 5_000), "YAML"),
        (card("license: !!python/object/apply:os.system [ls]"), "YAML"),
        (doc("datapackage.json", "{"), "JSON"),
        (doc("croissant.json", "[" * 100_000), "nests"),
        (doc("CITATION.cff", "a: b: c"), "YAML"),
        (doc("README.md", None), "UTF-8"),
        (doc("LICENSE", None), "UTF-8"),
        (card("x: " + "y" * (1 << 20)), "characters"),
    ],
)
def test_documents_that_cannot_be_parsed_are_troubles_not_crashes(document: Document, reason: str) -> None:
    ((path, text),) = troubles([document])
    assert path == document.path
    assert reason in text
    assert find([document]) == ()


def test_documents_of_other_kinds_are_no_trouble() -> None:
    documents = [doc("notes.md", "---\n: [\n---"), doc("README.md", "no front matter"), doc("a.bin", None), doc("a/README.md", "---\nopen")]
    assert troubles(documents) == ()
    assert statements.readable(documents) == 2


KEYS = st.sampled_from(["license", "licenses", "name", "url", "resources", "@graph", "@context", "@type", "title"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["datapackage.json", "dataset-metadata.json", "dataset_infos.json", "croissant.json"])


@given(NAMES, st.dictionaries(KEYS, JSON_VALUES, max_size=5))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_is_read_without_a_crash(name: str, value: dict[str, Any]) -> None:
    found = find([as_json(name, value)])
    assert all(len(each.text) <= statements.SHOWN for each in found)
    assert troubles([as_json(name, value)]) == ()


@given(st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_card_is_a_trouble_or_statements(front: str) -> None:
    document = card(f"license: {front}")
    assert not (troubles([document]) and find([document]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("is hereby granted", "is hereby not granted"),
        ("any person", "any academic institution"),
        ("free of charge", "for a fee"),
        ("without restriction", "with restrictions"),
        (" modify, merge,", ""),
    ],
)
def test_a_text_with_words_of_its_grant_changed_is_not_that_licence(old: str, new: str) -> None:
    plain = " ".join(MIT.split())
    assert old in plain
    assert detected_in(find([doc("LICENSE", plain)])) == "MIT"
    (changed,) = find([doc("LICENSE", plain.replace(old, new))])
    assert (changed.expression, changed.resolution.reason) == (None, "restricted")


@pytest.mark.parametrize(
    "beside", ["SPDX-License-Identifier: CC-BY-NC-4.0", "The code is MIT, the data CC BY-NC 4.0.", "Use outside of Europe is excluded."]
)
def test_what_stands_beside_a_licence_s_text_and_forbids_more_is_not_overlooked(beside: str) -> None:
    (changed,) = find([doc("LICENSE", f"{beside}\n\n{MIT}")])
    assert (changed.expression, changed.resolution.reason) == (None, "restricted")
