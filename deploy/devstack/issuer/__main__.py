"""python -m deploy.devstack.issuer DATA PORT KAFKA"""

import sys
from pathlib import Path

import uvicorn

from deploy.devstack.issuer.app import build
from deploy.devstack.options import HOST

if __name__ == "__main__":
    data, port, bootstrap = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    uvicorn.run(build(f"http://{HOST}:{port}", data, bootstrap), host=HOST, port=port, log_level="warning")
