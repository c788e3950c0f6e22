"""From what is asked for and what was analysed to the settings of every node: the plan."""
