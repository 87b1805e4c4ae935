"""`python -m services.validation`: the validation service, configured by its environment."""

from services.validation.main import build
from services.validation.settings import ValidationSettings
from shared.core.settings import load
from shared.service import run

if __name__ == "__main__":
    run(build, load(ValidationSettings), "validation")
