"""Sound systems: none, JACK, PortAudio."""
