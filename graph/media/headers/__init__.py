"""What containers say of themselves: the headers of RIFF and AIFF, MP4, MPEG and Ogg files."""
