"""Masters to listen to: rendered at one loudness, measured by a model of hearing, told apart blindly."""
