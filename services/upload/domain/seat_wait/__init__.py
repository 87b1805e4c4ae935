"""A batch's wait for the licenses and seats that were asked for: checked again by itself once they are there."""
