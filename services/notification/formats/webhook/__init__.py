"""What is sent to a webhook: an event as CloudEvents have it, signed as Standard Webhooks say."""
