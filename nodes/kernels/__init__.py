"""The compiled inner loops: flat arrays in, flat arrays out, no Python object inside."""
