"""`python -m services.notification`: the notification service, configured by its environment."""

from services.notification.main import build
from services.notification.settings import NotificationSettings
from shared.core.settings import load
from shared.service import run

if __name__ == "__main__":
    run(build, load(NotificationSettings), "notification")
