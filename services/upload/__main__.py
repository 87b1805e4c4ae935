"""`python -m services.upload`: the upload service, configured by its environment."""

from services.upload.main import build
from services.upload.settings import UploadSettings
from shared.core.settings import load
from shared.service import run

if __name__ == "__main__":
    run(build, load(UploadSettings), "upload")
