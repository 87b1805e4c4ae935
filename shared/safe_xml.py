"""Expat for XML that strangers wrote: no document type, hence no entities and nothing to fetch; errors are one kind."""

from collections.abc import Callable, Iterable
from xml.parsers import expat

_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_LONGEST_TOKEN = 8 * 1024 * 1024  # of a tag or a comment. Expat looks at an unfinished one again with each chunk


LONGEST_TEXT = 1024 * 1024
"""Characters that what gathers a text should stop at: thirty times what a cell can hold. A text grows by pieces, and
each piece may copy all before it."""


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
    fed = 0
    try:
        for chunk in chunks:
            fed += len(chunk)
            parser.Parse(chunk, False)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise XmlRefused("a tag in its XML is longer than any program writes one")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if error.code == _NO_MEMORY:
            raise MemoryError from None
        raise XmlRefused(f"its XML is broken ({expat.ErrorString(error.code)})") from None


def too_long() -> XmlRefused:
    """What to raise at LONGEST_TEXT."""
    return XmlRefused("one of its texts is longer than any cell can hold")


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
