"""Examples that run: streaming with a chain, and a VST3 inside one."""
