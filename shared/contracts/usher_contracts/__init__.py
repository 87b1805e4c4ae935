"""Usher's public events: models, topics and `parse`. See README.md. Each module lists what it exports."""

from usher_contracts import batches, directory, erasures, invitations, licenses, rows, users, validations, values
from usher_contracts.base import Event, Id, Model
from usher_contracts.batches import *
from usher_contracts.catalogue import EVENTS
from usher_contracts.directory import *
from usher_contracts.erasures import *
from usher_contracts.invitations import *
from usher_contracts.licenses import *
from usher_contracts.parsing import Undecodable, UnknownType, Upcaster, parse
from usher_contracts.rows import *
from usher_contracts.topics import TOPICS, Topic
from usher_contracts.users import *
from usher_contracts.validations import *
from usher_contracts.values import *
from usher_contracts.version import __version__

__all__ = [
    "EVENTS",
    "TOPICS",
    "Event",
    "Id",
    "Model",
    "Topic",
    "Undecodable",
    "UnknownType",
    "Upcaster",
    "__version__",
    "parse",
]
__all__ += batches.__all__
__all__ += directory.__all__
__all__ += erasures.__all__
__all__ += invitations.__all__
__all__ += licenses.__all__
__all__ += rows.__all__
__all__ += users.__all__
__all__ += validations.__all__
__all__ += values.__all__
