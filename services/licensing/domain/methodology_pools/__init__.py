"""A company's pools of methodology seats: how many of each are reserved and consumed."""
