"""The HTTP interface of notification: webhooks, for admins and the platform; and what other services of ours ask."""
