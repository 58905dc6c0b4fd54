from django.apps import AppConfig


class BenchConfig(AppConfig):
    """What the benchmarks put into the kernel's slots: in the server and in the worker that they start."""

    name = "bench"

    def ready(self) -> None:
        from bench.harness import SEALED
        from core.slots import UPLOAD_PURPOSES, UploadPurpose

        UPLOAD_PURPOSES.register(SEALED, UploadPurpose(sensitive=True))
