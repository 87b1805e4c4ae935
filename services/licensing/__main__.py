"""`python -m services.licensing`: the licensing service, configured by its environment."""

from services.licensing.main import build
from services.licensing.settings import LicensingSettings
from shared.core.settings import load
from shared.service import run

if __name__ == "__main__":
    run(build, load(LicensingSettings), "licensing")
