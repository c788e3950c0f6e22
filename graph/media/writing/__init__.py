"""Files as sinks of float64 blocks: one encoder a file, and the hidden file that takes its place at the end."""
