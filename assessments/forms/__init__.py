"""What the authors' pages send; the services decide."""
