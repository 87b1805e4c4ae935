"""The corrections of a batch: the draft in which admins put a file right without their spreadsheet program."""
