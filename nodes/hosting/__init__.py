"""What living with pedalboard takes: the array layouts of its callers, copies of its plugins."""
