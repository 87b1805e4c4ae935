"""The views of My Team that one admin has saved, and the one that they begin with."""
