"""What the two kinds with options share."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from assessments.question_types.base import (
    MAX_FEEDBACK,
    MAX_OPTION_TEXT,
    MAX_OPTIONS,
    OPTION_ID,
    Config,
    QuestionType,
    SettingsReader,
    token,
)

OPTION_KEYS = ("id", "text", "right", "feedback")


class OptionsType(QuestionType):
    settings_keys = frozenset({"options", "shuffle"})

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        shuffle = reader.flag("shuffle", True)
        options = []
        for number, table in enumerate(reader.tables("options"), start=1):
            row = SettingsReader(table, OPTION_KEYS, _("Option %(n)d: ") % {"n": number})
            options.append(
                {
                    "id": row.text("id", None),
                    "text": row.text("text", None),
                    "right": row.flag("right", False),
                    "feedback": row.text("feedback"),
                }
            )
            reader.problems += row.problems
        reader.finish()
        return {"options": options, "shuffle": shuffle}

    def settings(self, config: Config) -> dict[str, Any]:
        settings: dict[str, Any] = {} if config["shuffle"] else {"shuffle": False}
        settings["options"] = [
            {"id": option["id"], "text": option["text"]}
            | ({"right": True} if option["right"] else {})
            | ({"feedback": option["feedback"]} if option["feedback"] else {})
            for option in config["options"]
        ]
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        options = config["options"]
        problems = []
        if not 2 <= len(options) <= MAX_OPTIONS:
            problems.append(_("Give between 2 and %(n)d options.") % {"n": MAX_OPTIONS})
        ids = Counter(option["id"] for option in options)
        for option_id, times in ids.items():
            if not OPTION_ID.match(option_id):
                problems.append(
                    _("The option id “%(id)s” must be 1 to 64 characters from a-z, 0-9 and -.") % {"id": option_id[:64]}
                )
            elif times > 1:
                problems.append(_("The option id “%(id)s” is used twice.") % {"id": option_id})
        words = Counter(" ".join(option["text"].split()) for option in options)
        for text, times in words.items():
            if not text:
                problems.append(_("Every option needs a text."))
            elif times > 1:
                problems.append(_("Two options say “%(text)s”.") % {"text": text[:80]})
        if any(len(option["text"]) > MAX_OPTION_TEXT for option in options):
            problems.append(_("An option has at most %(n)d characters.") % {"n": MAX_OPTION_TEXT})
        if any(len(option["feedback"]) > MAX_FEEDBACK for option in options):
            problems.append(_("The feedback to an option has at most %(n)d characters.") % {"n": MAX_FEEDBACK})
        return problems

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        options = [{"id": token(seed, option["id"]), "text": option["text"]} for option in config["options"]]
        if config["shuffle"]:
            options.sort(key=lambda option: option["id"])
        return {"options": options}

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {
            "options": {
                token(seed, option["id"]): {"right": option["right"], "feedback": option["feedback"]}
                for option in config["options"]
            }
        }

    def searchable(self, config: Config) -> list[str]:
        return [option["text"] for option in config["options"]]

    def texts(self, config: Config) -> list[str]:
        return [text for option in config["options"] for text in (option["text"], option["feedback"])]

    def _ids_by_token(self, config: Config, seed: bytes) -> dict[str, str]:
        return {token(seed, option["id"]): option["id"] for option in config["options"]}

    def _feedback(self, config: Config, chosen: set[str]) -> dict[str, str]:
        return {o["id"]: o["feedback"] for o in config["options"] if o["id"] in chosen and o["feedback"]}
