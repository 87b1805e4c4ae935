"""Static files, addressed by what is in them: a browser keeps them for a year and never asks again."""

import hashlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).with_name("static")
_FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """The files of a folder under `/static/HASH/NAME`."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder
        self._paths = {
            each.name: f"/static/{hashlib.sha256(each.read_bytes()).hexdigest()[:16]}/{each.name}"
            for each in sorted(folder.iterdir())
            if each.suffix in (".css", ".js")
        }

    def url(self, name: str) -> str:
        """Where a page finds the file `name`; KeyError when there is none."""
        return self._paths[name]

    def app(self) -> Starlette:
        """An application that serves the files, to be mounted at `/static`."""
        return Starlette(routes=[Route("/{digest}/{name}", self._serve)])

    async def _serve(self, request: Request) -> Response:
        name = str(request.path_params["name"])
        # Compared as a whole, so that no name leads out of the folder and an old page's hash is not answered by
        # a newer file.
        if self._paths.get(name) != f"/static/{request.path_params['digest']}/{name}":
            return Response(status_code=404)
        return FileResponse(self._folder / name, headers={"Cache-Control": _FOREVER})
