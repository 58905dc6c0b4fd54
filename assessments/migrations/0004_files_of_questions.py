import json
import re

from django.db import migrations

_REFERENCE = re.compile(r"file:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def note_files(apps, schema_editor):
    """Questions have used the files in them by themselves only since now; before, the lessons they stand in did."""
    stored, usage = apps.get_model("files", "StoredFile"), apps.get_model("files", "Usage")
    for question in apps.get_model("assessments", "Question").objects.select_related("current").iterator():
        current = question.current
        if current is None:
            continue
        texts = json.dumps([current.stem, current.hints, current.explanation, current.config])
        named = set(_REFERENCE.findall(texts))
        if named:
            rows = stored.objects.filter(public_id__in=named).order_by()
            usage.objects.bulk_create(
                [usage(file=row, owner_kind="question", owner_id=question.pk) for row in rows], ignore_conflicts=True
            )


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_hints"), ("files", "0007_sealed_uploads")]

    operations = [migrations.RunPython(note_files, migrations.RunPython.noop, elidable=True)]
