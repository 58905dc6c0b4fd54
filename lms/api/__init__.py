"""What belongs to no app, for programs."""
