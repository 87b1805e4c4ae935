"""Files as the world has them: the workbook that is read and handed back annotated, the rows as they travel."""
