"""What MIDI bytes say: messages, and the moves that several of them are together."""
