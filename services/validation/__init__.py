"""Validation: reads an uploaded workbook, says what each row means, hands back the annotated copy."""
