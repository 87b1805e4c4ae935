"""What notification does: listens, queues, sends, and completes batches."""
