"""How many licenses and seats each company has free, as licensing says it."""
