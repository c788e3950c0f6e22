"""The demo mix, made from nothing but numbers."""
