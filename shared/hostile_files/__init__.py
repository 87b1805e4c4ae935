"""Archives and XML of strangers, read within limits, and archives written."""
