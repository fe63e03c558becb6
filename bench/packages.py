"""The Debian packages the corpus is cut from, by name, version and digest: prose, code and dozens of languages."""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class MissingPackageError(Exception):
    """A package is not there and its version is no longer to be had from the machine's mirror."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of Debian 12, the files in it whose path matches are read, no more than `megabytes` of text (UTF-8, 10^6 bytes)."""

    name: str
    version: str
    sha256: str
    files: str
    megabytes: int
    architecture: str = "all"

    @property
    def file(self) -> str:
        """What apt-get calls the file it downloads."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_{self.architecture}.deb"


def _man(language: str, version: str, sha256: str, megabytes: int = 10) -> Package:
    return Package(name=f"manpages-{language}", version=version, sha256=sha256, files=r"/man/.*\.gz$", megabytes=megabytes)


L10N = "4.18.1-1"
PACKAGES = (
    Package(
        name="rust-src",
        version="1.63.0+dfsg1-2",
        sha256="410b8c6d464cabbe5fb3154ab8c3d374980dd597fbe7e3b7bb3ed8dd1bf11e25",
        files=r"\.(rs|md)$",
        megabytes=36,
    ),
    Package(
        name="golang-1.19-src",
        version="1.19.8-2",
        sha256="2dfa82fe4f08f4e0193c532e561af4c91871f5235608f04f2bb8d57bb288df5a",
        files=r"\.(go|s)$",
        megabytes=36,
    ),
    Package(
        name="libboost1.74-dev",
        version="1.74.0+ds1-21",
        sha256="ba14fe04d7f138f874bd3ab3a20c4fd1e9f654e271449b8f3e48d20f942dbb93",
        files=r"\.(hpp|ipp|h)$",
        megabytes=24,
        architecture="amd64",
    ),
    Package(
        name="node-typescript",
        version="4.8.4+ds1-2",
        sha256="a892c2ada87115af8875b4cbe9746836ffe8b5a00724a63ffcaa79b3d83d2245",
        files=r"\.(ts|json|js)$",
        megabytes=8,
    ),
    Package(
        name="dict-gcide",
        version="0.48.5+nmu2",
        sha256="7b0af5cfde3cbdef5e9d6e78f92ec335ced7c2790f37a40f49bebc6f7347ac0f",
        files=r"\.dict\.dz$",
        megabytes=50,
    ),
    Package(
        name="anarchism",
        version="15.3-3",
        sha256="cf21c10948b00e923c62eb31c39a3390413fa26c5ee0e3b925feb0ec7fe42948",
        files=r"\.html$",
        megabytes=12,
    ),
    Package(
        name="sagemath-doc",
        version="9.5-6",
        sha256="dae42f803878fe655dd4627b3ddaa74de82a737a6076527d3441e80018ab2b12",
        files=r"/html/(?!.*(_modules|genindex|search)).*\.html$",
        megabytes=50,
    ),
    Package(
        name="maxima-doc",
        version="5.46.0-11",
        sha256="01a726b693a7e465a62040ac5ade4762194d7553524231d77cd1fcd4a69a75b9",
        files=r"\.html$",
        megabytes=8,
    ),
    Package(
        name="debian-handbook",
        version="11.20220922",
        sha256="3d5dbeac1f1afc9c094eab9d0f701f6ecff99c4927d5a4794cf6c85678134faa",
        files=r"\.html$",
        megabytes=40,
    ),
    Package(
        name="gnome-user-docs",
        version="43.0-2",
        sha256="0d635a840747958ca84da778b40d341f1155603851f922c9a171f5a181d6a39f",
        files=r"\.page$",
        megabytes=30,
    ),
    Package(
        name="installation-guide-amd64",
        version="20230508+deb12u1",
        sha256="812c43e1dc906daf671e3efe953dc023205c238e5bd5a3021ce4ca142793573a",
        files=r"\.html$",
        megabytes=15,
    ),
    Package(
        name="gimp-help-ja",
        version="2.10.34-2",
        sha256="75cef98ec1bdf8d1440da8dc55c6a3dd8b5dd03944d7adc80ba727061e681436",
        files=r"\.html$",
        megabytes=10,
    ),
    Package(
        name="debian-reference-zh-cn",
        version="2.100",
        sha256="6d2d8d9a646397e28b04cdff23d2e4374101ebf9be348e35961af62c8a2d0977",
        files=r"\.html$",
        megabytes=5,
    ),
    _man("dev", "6.03-2", "96f55cb5e26231d5567c89b692bced63825a14a2d5bd18fdf16ea2ed44eb9838"),
    _man("de", L10N, "37d2e7ee51f22952aecec3af93647ff59194a3c74bb7a694560f49c7f7ab3978"),
    _man("fr", L10N, "ec29759cc0e4a44dc7719c1e32869d0060667049e584f09556f0d982b969ea33"),
    _man("es", L10N, "d21e9f85e487f149ae45b5c525b2b1a70ae7fd38d4b05b47c8753042c66f4c2b"),
    _man("pl", "1:4.18.1-1", "31e518ea8331b5204d4fd0032037f96af1ba94a5afa4f0585dca1996b270cdf9"),
    _man("ru", L10N, "5d5821dad5840652ba9c1c6b85bdc785c1fc52148a71c18fab6658c9659244c0"),
    _man("ja", "0.5.0.0.20221215+dfsg-1", "4d270e9a1e83be4de0c072a110892a17dc9caa4b501257324006ac28d82c5743"),
    _man("zh", "1.6.4.0-1", "81bae29495f6445db290e3f329f1203eb19b651c2a7ea165b74ebdc853a32ac1"),
)

MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
BLANK = re.compile(r"[ \t\r\f\v]+")
LINES = re.compile(r"\s*\n\s*\n\s*")


def fetched(package: Package, folder: Path) -> Path:
    """The package's file in the folder, downloaded by apt-get where it is not there; its digest is checked either way."""
    path = folder / package.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        asked = ["apt-get", "--quiet", "download", f"{package.name}={package.version}"]
        if subprocess.run(asked, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
            cure = f"find it at snapshot.debian.org and put it into {folder}, or go on --without {package.name}"
            raise MissingPackageError(f"apt-get cannot download {path.name}: {cure}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise MissingPackageError(f"{path.name} is not the file that was measured: its digest is {found}")
    return path


def texts(package: Package, path: Path) -> Iterator[str]:
    """The texts of the files in the package that are asked for and are UTF-8, markup dropped, in the order of the package.

    The one file of a dictionary has a few bytes of another encoding, which are replaced.
    """
    for name, data in _members(path):
        if not re.search(package.files, name):
            continue
        data = gzip.decompress(data) if name.endswith((".gz", ".dz")) else data
        try:
            text = data.decode(errors="replace" if name.endswith(".dict.dz") else "strict")
        except UnicodeDecodeError:
            continue
        yield plain(text) if name.endswith((".html", ".page")) else text


def plain(page: str) -> str:
    """The text of a page of HTML or XML: tags, scripts and runs of blanks dropped, entities resolved."""
    text = html.unescape(MARKUP.sub(" ", page))
    return LINES.sub("\n\n", BLANK.sub(" ", text)).strip()


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The plain files of a package, which is an `ar` archive (deb(5)) that holds a tar archive named data."""
    with path.open("rb") as stream:
        stream.seek(len(b"!<arch>\n"))
        while header := stream.read(60):
            name, size = header[:16], int(header[48:58])
            if name.startswith(b"data.tar"):
                break
            stream.seek(size + size % 2, 1)
        with tarfile.open(fileobj=io.BytesIO(stream.read(size))) as archive:
            for member in archive:
                if member.isfile() and (data := archive.extractfile(member)):
                    yield member.name, data.read()
