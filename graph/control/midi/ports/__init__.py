"""Where MIDI comes from: the ports of the system, raw TCP, and lines that are reopened."""
