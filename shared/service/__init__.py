"""A service's process: its application with health, metrics and background tasks, and how it is run.

    def build(settings: Settings) -> FastAPI:            # services/x/app.py, the composition root
        pool = open_pool(settings, "x")
        ...
        app = create_app(settings, "x", pool=pool, broker=broker, background={"relay": relay.run})
        app.include_router(router)
        return app

    run(build, load(Settings), "x")                      # services/x/__main__.py

`build` is called inside the running event loop (asyncpg's pool wants that), but connects to nothing: that happens in
the application's lifespan.
"""

from shared.service.application import create_app, open_pool
from shared.service.process import run
from shared.service.tasks import Supervisor

__all__ = ["Supervisor", "create_app", "open_pool", "run"]
