"""Something to change until it breaks, and to mend again."""

NAMES = ["Ada", "Grace", "Edsger"]


def greeting(name: str) -> str:
    """What a friendly program says to ``name``."""
    return f"Good morning, {name}."


for name in NAMES:
    print(greeting(name))
