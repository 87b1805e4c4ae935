"""HTTP as every service speaks it: problems, pages, sign-in, limits, streams."""
