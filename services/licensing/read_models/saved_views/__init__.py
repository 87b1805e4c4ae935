"""The views of My Team that a company's admins have saved."""
