"""An SMTP sink: takes every mail, keeps it, and shows it as JSON and on an inbox page. Nothing leaves the machine."""
