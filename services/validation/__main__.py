"""`python -m services.validation`: the validation service, configured by its environment."""

from services.validation.app import build
from services.validation.settings import ValidationSettings
from shared.service import run
from shared.settings import load

if __name__ == "__main__":
    run(build, load(ValidationSettings), "validation")
