"""Webhooks: kept by admins and the platform, told what happens, and spared where they fail."""
