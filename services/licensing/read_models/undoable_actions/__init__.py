"""What actions touched that can still be taken back."""
