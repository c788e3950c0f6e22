"""Mastering a file: analyse, plan, render, and tell what was done."""
