"""xlsx workbooks as zips of XML parts: where their rows and cells stand, and how some are changed while all else stays
to the byte."""
