"""Sheets: what was measured, drawn."""
