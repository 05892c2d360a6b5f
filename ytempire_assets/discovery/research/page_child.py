"""The process that reads one web page, and nothing else of this project.

Belongs here: lxml and trafilatura. It is a program of its own because a page can stop them: 2 MB of
attributes in one element take minutes inside libxml2, where no thread of the process runs on. A
process can be stopped, and its memory bounded.

trafilatura was chosen among the libraries that find a page's text: it is maintained, does well in
others' comparisons too, gives paragraphs, and falls back on jusText where a page is built oddly.
What pages say about themselves is read here, since a licence that belongs to a picture must not be
taken for the text's.

It reads one line of JSON (``Job``) and then the page from standard input, and writes one line of
JSON (``Read``) to standard output. It imports nothing of the package.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, TypedDict

MOST_TEXT = 40_000
"""Characters of paragraphs that are handed on: twice what is kept."""

MOST_SHORT = 1000
_MOST_LIST = 20
_MOST_JSON = 300_000

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE
)
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKS = re.compile(
    r"(?:[A-Za-z]*Article|[A-Za-z]*Posting|WebPage|Report|CreativeWork|TextDigitalDocument)\Z"
)
"""Types of schema.org whose licence is that of the page's text."""
_NOT_OF_THE_PAGE = frozenset(
    "figure figcaption aside blockquote picture video audio iframe".split()
)
_LICENCE_METAS = frozenset(
    "dc.rights dc.rights.license dc.license dcterms.license dcterms.rights license licence "
    "cc:license".split()
)
_TITLES = ("og:title", "twitter:title", "dc.title", "citation_title")
_SITES = ("og:site_name", "application-name", "dc.publisher", "citation_publisher")
_DATES = (
    "article:published_time",
    "datepublished",
    "dc.date",
    "dcterms.issued",
    "dcterms.created",
    "citation_publication_date",
    "date",
)
_AUTHORS = ("author", "article:author", "dc.creator", "citation_author")
_PARAGRAPHS = ("p", "item", "quote")


class Job(TypedDict):
    """What is to be done.

    ``charset``: as the server named it, may be empty; ``memory_bytes``: address space that the
    process may take.
    """

    charset: str
    memory_bytes: int


class Read(TypedDict):
    """A page; texts as they stand in it, the likeliest first, and empty where it has none.

    ``licences``: everything that declares a licence for the text; ``metas``: name and content of
    the meta elements that may forbid the use of the page; ``paragraphs``: its readable text.
    """

    titles: list[str]
    sites: list[str]
    authors: list[str]
    dates: list[str]
    languages: list[str]
    canonical: str
    licences: list[str]
    metas: list[tuple[str, str]]
    paragraphs: list[str]


def read(body: bytes, job: Job) -> Read:
    """Reads one page in this process.

    Args:
        body: HTML, in any encoding.
        job: What is to be done; its memory limit is the caller's to set.

    Returns:
        The page; whatever the libraries raise, it raises.
    """
    from lxml import html  # type: ignore[import-untyped]

    text = _NOT_TEXT.sub(" ", _decoded(body, job["charset"]))
    # As bytes, since lxml refuses text that declares an encoding.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = html.document_fromstring(text.encode(), parser=parser)
    metas = list(_metas(tree))
    things = list(_things(tree))
    page: Read = {
        "titles": _short(
            [
                *_of(metas, *_TITLES),
                *_said(things, "headline"),
                *_texts(tree, "h1"),
                *_texts(tree, "title"),
            ]
        ),
        "sites": _short([*_of(metas, *_SITES), *_names(things, "publisher")]),
        "authors": _short([*_names(things, "author"), *_of(metas, *_AUTHORS)]),
        "dates": _short([*_of(metas, *_DATES), *_said(things, "datePublished")]),
        "languages": _short(
            [
                str(tree.get("lang") or tree.get("xml:lang") or ""),
                *_said(things, "inLanguage"),
                *_of(metas, "og:locale", "content-language"),
            ]
        ),
        "canonical": "".join(_short([*_canonical(tree), *_of(metas, "og:url")])[:1]),
        "licences": _short(
            [*_licence_links(tree), *_of(metas, *_LICENCE_METAS), *_names(things, "license")]
        ),
        "metas": [
            (name, content)
            for name, content in metas
            if "robots" in name or name.startswith(("tdm-", "ytempire"))
        ][:_MOST_LIST],
        "paragraphs": [],
    }
    page["paragraphs"] = _paragraphs(tree)  # last: it takes the tree apart
    return page


def _decoded(body: bytes, charset: str) -> str:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, errors="replace")
    found = _CHARSET.search(body[:4096])
    declared = [name for name in (charset, found[1].decode() if found else "") if _known(name)]
    for name in (*declared, "utf-8"):
        with contextlib.suppress(ValueError):
            return body.decode(_as_browsers(name))
    # A byte that is wrong spoils one letter, and not the encoding of the whole page.
    return body.decode(_as_browsers((*declared, "windows-1252")[0]), errors="replace")


def _known(charset: str) -> bool:
    with contextlib.suppress(LookupError):
        return bool(charset) and bool(codecs.lookup(charset))
    return False


def _as_browsers(name: str) -> str:
    """Pages that claim Latin-1 are written in its extension by Windows (WHATWG Encoding)."""
    found = codecs.lookup(name).name
    return "windows-1252" if found in ("iso8859-1", "ascii") else found


def _metas(tree: Any) -> Iterator[tuple[str, str]]:
    for element in tree.iter("meta"):
        name = (
            element.get("name")
            or element.get("property")
            or element.get("itemprop")
            or element.get("http-equiv")
        )
        content = element.get("content")
        if name and content:
            yield name.strip().lower()[:100], content.strip()[:MOST_SHORT]


def _of(metas: list[tuple[str, str]], *names: str) -> list[str]:
    return [content for wanted in names for name, content in metas if name == wanted]


def _things(tree: Any) -> Iterator[dict[str, Any]]:
    """What the page says in JSON-LD of itself: the works of text, not its pictures and videos."""
    for element in list(tree.iter("script"))[:200]:
        if (element.get("type") or "").strip().lower() != "application/ld+json":
            continue
        with contextlib.suppress(ValueError, RecursionError):
            pending = [json.loads((element.text or "")[:_MOST_JSON])]
            while pending:
                one = pending.pop(0)
                if isinstance(one, list):
                    pending += one[:_MOST_LIST]
                elif isinstance(one, dict):
                    kinds = one.get("@type")
                    kinds = kinds if isinstance(kinds, list) else [kinds]
                    if any(isinstance(kind, str) and _WORKS.match(kind) for kind in kinds):
                        yield one
                    pending += [one["@graph"]] if "@graph" in one else []


def _said(things: list[dict[str, Any]], name: str) -> list[str]:
    return [thing[name] for thing in things if isinstance(thing.get(name), str)]


def _names(things: list[dict[str, Any]], name: str) -> list[str]:
    """Names of people, publishers or licences, which are texts or things themselves."""
    found: list[str] = []
    for thing in things:
        values = thing.get(name)
        for value in values[:_MOST_LIST] if isinstance(values, list) else [values]:
            if isinstance(value, dict):
                value = value.get("url" if name == "license" else "name") or value.get("@id")
            if isinstance(value, str):
                found.append(value)
    return found


def _texts(tree: Any, tag: str) -> list[str]:
    return [" ".join(element.itertext())[:MOST_SHORT] for element in list(tree.iter(tag))[:1]]


def _canonical(tree: Any) -> list[str]:
    return [
        element.get("href")
        for element in tree.iter("link")
        if element.get("href") and "canonical" in (element.get("rel") or "").lower().split()
    ]


def _licence_links(tree: Any) -> Iterator[str]:
    """Links that declare the licence of the page; those inside a picture or a quotation do not."""
    for element in tree.iter("a", "link"):
        words = f"{element.get('rel') or ''} {element.get('property') or ''}".lower().split()
        declares = (
            "license" in words or "cc:license" in words or element.get("itemprop") == "license"
        )
        if not declares or not element.get("href"):
            continue
        around = list(element.iterancestors())
        kinds = {str(one.get("itemtype") or "").rpartition("/")[2] for one in around}
        if any(one.tag in _NOT_OF_THE_PAGE for one in around) or kinds & {
            "ImageObject",
            "VideoObject",
            "AudioObject",
        }:
            continue
        yield element.get("href")


def _paragraphs(tree: Any) -> list[str]:
    from trafilatura import bare_extraction

    found = bare_extraction(tree, include_comments=False, include_tables=False, deduplicate=False)
    paragraphs: list[str] = []
    room = MOST_TEXT
    body: Any = getattr(found, "body", None)
    for element in body.iter(*_PARAGRAPHS) if body is not None else ():
        if any(one.tag in _PARAGRAPHS for one in element.iterancestors()):
            continue  # its text is there already
        text = " ".join("".join(element.itertext()).split())
        if text:
            paragraphs.append(text[:room])
            room -= len(text)
        if room <= 0:
            break
    return paragraphs


def _short(texts: list[str]) -> list[str]:
    return [text.strip()[:MOST_SHORT] for text in texts if text.strip()][:_MOST_LIST]


def _limit(memory_bytes: int) -> None:
    """Memory that runs out ends this process and no other; not every system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main() -> None:
    """Reads a job and a page, writes what the page says."""
    job: Job = json.loads(sys.stdin.buffer.readline())
    _limit(job["memory_bytes"])
    # trafilatura loads it with numpy where it is installed, to guess languages, which nobody asks
    # for here: that is half of the time that this process takes.
    sys.modules["py3langid"] = None  # type: ignore[assignment]
    page = read(sys.stdin.buffer.read(), job)
    # Ascii, so that lone surrogates pass.
    sys.stdout.write(json.dumps(page))


if __name__ == "__main__":
    main()
