"""Layout files for the programs that draw a control surface."""
