"""A service's process: what it stands on, its application with health and metrics, and how it is run.

    def build(settings: Settings) -> FastAPI:            # services/x/main.py, the composition root
        base = Foundation(settings, "x", TYPES, publish, projections=[...], parse=parse)
        base.subscribe(Subscription("directory", ...))
        app = base.app(background={"worker": Worker(base.pool, {...}, base.listener).run})
        app.include_router(...)
        return app

    run(build, load(Settings), "x")                      # services/x/__main__.py

`build` is called inside the running event loop (asyncpg's pool wants that), but connects to nothing: that happens in
the application's lifespan.
"""

from shared.service.application import create_app, open_pool
from shared.service.foundation import Foundation
from shared.service.process import run
from shared.service.supervisor import Supervisor

__all__ = ["Foundation", "Supervisor", "create_app", "open_pool", "run"]
