"""Files as sources of float64 blocks: probed, decoded, resampled, recognised."""
