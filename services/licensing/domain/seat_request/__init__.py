"""A request for more licenses: what an admin asked the billing side for, and what that answered."""
