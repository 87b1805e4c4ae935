"""How many of those invited have joined."""
