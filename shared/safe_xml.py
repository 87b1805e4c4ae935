"""Expat for XML that strangers wrote: no document type, hence no entities and nothing to fetch; errors are one kind."""

from collections.abc import Callable, Iterable
from xml.parsers import expat

_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


class XmlRefused(Exception):
    """Not well-formed, or with a document type. The message is a plain half sentence and quotes nothing."""


def new_parser() -> expat.XMLParserType:
    """A parser that raises XmlRefused where a document type begins."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def parse(parser: expat.XMLParserType, chunks: Iterable[bytes]) -> None:
    """Feeds all chunks; what the handlers raise comes through."""
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if error.code == _NO_MEMORY:
            raise MemoryError from None
        raise XmlRefused(f"its XML is broken ({expat.ErrorString(error.code)})") from None


def refuse_doctype(chunks: Iterable[bytes]) -> None:
    """Raises XmlRefused when a document type stands before the root. Reads on to the end all the same."""
    parser, seen = new_parser(), False

    def root(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        seen = True

    parser.StartElementHandler = root
    for chunk in chunks:
        if not seen:
            try:
                parser.Parse(chunk, False)
            except expat.ExpatError:  # whoever needs this part will say so
                seen = True


def local(name: str) -> str:
    """A name without its prefix: `x:row` → `row`."""
    return name.rpartition(":")[2]


def elements(chunks: Iterable[bytes], take: Callable[[str, dict[str, str]], None]) -> None:
    """Calls `take` with the name (without prefix) and the attributes of every element."""
    parser = new_parser()
    parser.StartElementHandler = lambda name, attributes: take(local(name), attributes)
    parse(parser, chunks)


def _refuse_doctype(*_: object) -> None:
    raise XmlRefused("it contains a document type definition")
