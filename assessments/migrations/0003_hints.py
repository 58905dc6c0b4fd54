from django.db import migrations, models


def carry_over(apps, schema_editor):
    revisions = apps.get_model("assessments", "QuestionRevision")
    for pk, hint in revisions.objects.exclude(hint="").values_list("pk", "hint").iterator():
        revisions.objects.filter(pk=pk).update(hints=[hint])


def carry_back(apps, schema_editor):
    revisions = apps.get_model("assessments", "QuestionRevision")
    for pk, hints in revisions.objects.values_list("pk", "hints").iterator():
        if hints:
            revisions.objects.filter(pk=pk).update(hint="\n\n".join(hints))


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_a_real_course")]

    operations = [
        migrations.AddField(
            model_name="questionrevision",
            name="hints",
            field=models.JSONField(
                blank=True, default=list, help_text="Markdown, shown one after another.", verbose_name="hints"
            ),
        ),
        migrations.RunPython(carry_over, carry_back),
        migrations.RemoveField(model_name="questionrevision", name="hint"),
    ]
