"""The validation of one batch: its runs and verdicts, and what the rows of its workbook mean."""
