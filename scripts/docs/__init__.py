"""Reference pages in Markdown, made from what the code declares, so that they cannot be behind it."""
