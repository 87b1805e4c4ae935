"""What a company's admins have asked for, and what was answered."""
