"""What this app puts into the kernel's slots."""


def register() -> None:
    """Called once, when all apps are loaded."""
