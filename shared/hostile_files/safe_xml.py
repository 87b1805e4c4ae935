"""Expat for XML that strangers wrote: no document type, hence no entities and nothing to fetch; errors are one kind.

Elements and attributes are known by their namespaces, never by a prefix.
"""

from collections.abc import Callable, Iterable
from xml.parsers import expat

ALTERNATIVES = "http://schemas.openxmlformats.org/markup-compatibility/2006"
"""The namespace of `AlternateContent`: one `Choice` for each kind of reader, and a `Fallback` for all others."""

_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_LONGEST_TOKEN = 8 * 1024 * 1024  # of a tag or a comment. Expat looks at an unfinished one again with each chunk
_LONGEST_NAMESPACE = 1024
"""Characters. Expat writes it out again in the name of each element and attribute that is of it."""
_PIECES = 128 * 1024  # of a text, as it is passed on

LONGEST_TEXT = 1024 * 1024
"""Characters that what gathers a text should stop at: thirty times what a cell can hold. A text grows by pieces, and
each piece may copy all before it."""


class XmlRefused(Exception):
    """XML that is not well-formed, or with a document type. The message is a plain half sentence and quotes nothing."""


def new_parser() -> expat.XMLParserType:
    """A parser that raises XmlRefused where a document type begins, and gives names with their namespaces (`split`)."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = _PIECES
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartNamespaceDeclHandler = _refuse_long_namespace
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


def split(name: str) -> tuple[str, str]:
    """Namespace and local name of an element or attribute; an attribute without a prefix has no namespace."""
    namespace, _, local = name.rpartition(" ")
    return namespace, local


def elements(chunks: Iterable[bytes], take: Callable[[str, dict[str, str]], None]) -> None:
    """Calls `take` with the local name and the attributes of every element of the root's namespace.

    Whatever prefix it has; not what stands in an extension (another namespace, an `extLst`). Of content for several
    kinds of readers it takes what is for those that know no extension (ECMA-376 part 3, 9.3).
    """
    parser = new_parser()
    _Walk(parser, take)
    parse(parser, chunks)


class _Walk:
    """The handlers of `elements`. What is called for every element does little: it may be called a million times."""

    def __init__(self, parser: expat.XMLParserType, take: Callable[[str, dict[str, str]], None]) -> None:
        self._parser, self._take = parser, take
        self._namespace = ""
        self._taken = dict[str, str]()  # local names, by those that the parser gives
        self._skipped = 0  # how deep inside of an element that does not count
        parser.StartElementHandler = self._root

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        self._namespace, local = split(name)
        self._parser.StartElementHandler = self._start
        self._take(local, attributes)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._taken.get(name)
        if local is not None:
            self._take(local, attributes)
            return
        namespace, local = split(name)
        if namespace == self._namespace and local != "extLst":
            self._taken[name] = local
            self._take(local, attributes)
        elif namespace != ALTERNATIVES or local not in ("AlternateContent", "Fallback"):
            self._skipped = 1
            self._parser.StartElementHandler, self._parser.EndElementHandler = self._deeper, self._shallower

    def _deeper(self, _name: str, _attributes: dict[str, str]) -> None:
        self._skipped += 1

    def _shallower(self, _name: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, None


def _refuse_doctype(*_: object) -> None:
    raise XmlRefused("it contains a document type definition")


def _refuse_long_namespace(_: str | None, namespace: str | None) -> None:
    if namespace and len(namespace) > _LONGEST_NAMESPACE:
        raise XmlRefused("a namespace in its XML is longer than any program writes one")
