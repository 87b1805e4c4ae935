"""My Team as a file: xlsx and csv, in a form that can be uploaded again (docs/decisions/0014-exports.md)."""
