"""The documentation as a site: docs/ with what stands beside it, built by MkDocs."""
