"""A plan made into outputs: the sound before the limiter, its level solved, written, judged, published."""
