"""One file with everything a site is made of, and the way back: see docs/backup.md."""
