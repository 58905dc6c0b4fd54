#!/usr/bin/env python
"""Django's command line, with the embedded settings unless others are named."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.embedded")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- app ready

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
