"""What writes pages of docs/ and files of the chart from the code, and builds the documentation's site."""
