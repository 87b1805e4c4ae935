"""HTTP in and out, for programs and, through one class, for the pages."""
