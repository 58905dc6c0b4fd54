"""What the kinds with options share."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

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

_FEEDBACKS = ("feedback", "feedback_unchosen")
OPTION_KEYS = ("id", "text", "right", "feedback", "fixed")


class OptionsType(QuestionType):
    """``extra_keys``: texts of an option that only this kind has. What is as it would be anyway is not stored."""

    settings_keys = frozenset({"options", "shuffle"})
    extra_keys: ClassVar[tuple[str, ...]] = ()
    most_options: ClassVar[int] = MAX_OPTIONS

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        config = self.read(reader)
        reader.finish()
        return config

    def read(self, reader: SettingsReader) -> Config:
        """The settings as they are stored; what is wrong stays with ``reader``."""
        shuffle = reader.flag("shuffle", True)
        options = []
        for number, table in enumerate(reader.tables("options"), start=1):
            row = SettingsReader(table, (*OPTION_KEYS, *self.extra_keys), _("Option %(n)d: ") % {"n": number})
            option: dict[str, Any] = {
                "id": row.text("id", None),
                "text": row.text("text", None),
                "right": row.flag("right", False),
                "feedback": row.text("feedback"),
            }
            if row.flag("fixed", False):
                option["fixed"] = True
            option |= {name: text for name in self.extra_keys if (text := row.text(name))}
            options.append(option)
            reader.problems += row.problems
        return {"options": options, "shuffle": shuffle}

    def settings(self, config: Config) -> dict[str, Any]:
        settings: dict[str, Any] = {} if config["shuffle"] else {"shuffle": False}
        names = ("right", "feedback", *self.extra_keys, "fixed")
        settings["options"] = [
            {"id": option["id"], "text": option["text"]} | {name: option[name] for name in names if option.get(name)}
            for option in config["options"]
        ]
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        options = config["options"]
        problems = []
        if not 2 <= len(options) <= self.most_options:
            problems.append(_("Give between 2 and %(n)d options.") % {"n": self.most_options})
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
        if any(len(option.get(name, "")) > MAX_FEEDBACK for option in options for name in _FEEDBACKS):
            problems.append(_("The feedback to an option has at most %(n)d characters.") % {"n": MAX_FEEDBACK})
        return problems

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        options = [{"id": token(seed, option["id"]), "text": option["text"]} for option in config["options"]]
        if not config["shuffle"]:
            return {"options": options}
        moved = iter(
            sorted(
                (shown for shown, option in zip(options, config["options"], strict=True) if not option.get("fixed")),
                key=lambda shown: shown["id"],
            )
        )
        return {
            "options": [
                shown if option.get("fixed") else next(moved)
                for shown, option in zip(options, config["options"], strict=True)
            ]
        }

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {
            "options": {
                token(seed, option["id"]): {"right": self.is_right(option), "feedback": option["feedback"]}
                | ({"feedback_unchosen": option["feedback_unchosen"]} if option.get("feedback_unchosen") else {})
                for option in config["options"]
            }
        }

    def searchable(self, config: Config) -> list[str]:
        return [option["text"] for option in config["options"]]

    def texts(self, config: Config) -> list[str]:
        return [option[name] for option in config["options"] for name in ("text", *_FEEDBACKS) if name in option]

    def is_right(self, option: Mapping[str, Any]) -> bool:
        return bool(option["right"])

    def _ids_by_token(self, config: Config, seed: bytes) -> dict[str, str]:
        return {token(seed, option["id"]): option["id"] for option in config["options"]}

    def _feedback(self, config: Config, chosen: Iterable[str]) -> dict[str, str]:
        names = {o["id"]: "feedback" if o["id"] in chosen else "feedback_unchosen" for o in config["options"]}
        return {o["id"]: text for o in config["options"] if (text := o.get(names[o["id"]], ""))}
