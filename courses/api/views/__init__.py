"""Courses for programs. Who may do what is asked of the same permissions as on the pages."""
