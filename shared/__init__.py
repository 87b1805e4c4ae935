"""Mechanism that every service stands on, in layers; and, apart from it, the language of a user (people) and the public
events (contracts). Business words stand in these two alone."""
