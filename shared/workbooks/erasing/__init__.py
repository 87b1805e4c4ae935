"""Takes a person out of a file: their rows are blank, their address goes wherever else it stands, all else stays.

found = await addresses(sandbox, path)              # raises CannotPatch
erased = await erase(sandbox, path, Wanted(...))    # Erased, raises CannotPatch
"""

from shared.workbooks.erasing.erase import Erased, addresses, erase
from shared.workbooks.erasing.model import Place, Wanted

__all__ = ["Erased", "Place", "Wanted", "addresses", "erase"]
