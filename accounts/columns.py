"""What the columns of a table of people are called, in several languages and by several systems."""

import re
import unicodedata
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.slots import PEOPLE_COLUMNS

LABELS: dict[str, Promise] = {
    "email": _("Email"),
    "name": _("Name"),
    "first": _("First name"),
    "last": _("Last name"),
    "role": _("Role on this site"),
    "phone": _("Phone"),
    "time_zone": _("Time zone"),
    "language": _("Language"),
}
SYNONYMS: dict[str, str] = {
    "email": "email e-mail mail email_address mail_address address_email e-mail-adresse mailadresse epost e-postadress "
    "courriel adresse_e-mail adresse_électronique correo correo_electrónico posta_elettronica indirizzo_e-mail "
    "endereço_de_e-mail adres_e-mail e-mailadres eposta электронная_почта почта البريد_الإلكتروني メール 邮箱",
    "name": "name full_name display_name vollständiger_name nom_complet nombre_completo nome_completo volledige_naam "
    "fullständigt_namn imię_i_nazwisko ad_soyad имя_и_фамилия الاسم_الكامل الاسم 氏名 姓名",
    "first": "first_name firstname given_name forename vorname prénom nombre nome voornaam förnamn imię ad имя "
    "الاسم_الأول 名",
    "last": "last_name lastname surname family_name nachname familienname nom apellido apellidos cognome sobrenome "
    "apelido achternaam efternamn nazwisko soyad фамилия اسم_العائلة 姓",
    "role": "role site_role sysrole rolle rôle rol ruolo papel função roll",
    "phone": "phone phone1 phone_number telephone mobile mobile_phone telefon telefonnummer téléphone portable teléfono "
    "móvil telefono cellulare telefone telefoon телефон هاتف 電話 电话",
    "time_zone": "time_zone timezone tz zeitzone fuseau_horaire zona_horaria fuso_orario tijdzone",
    "language": "language lang locale sprache langue idioma lingua taal språk język dil язык لغة",
}


def fold_heading(text: str) -> str:
    """A heading without case, accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(char for char in plain if not unicodedata.combining(char)))


def known_fields() -> dict[str, str | Promise]:
    """Every field that a column can be, with what it is called."""
    return {**LABELS, **{name: label for entry in PEOPLE_COLUMNS for name, label in entry.labels.items()}}


def guess_columns(headings: list[str]) -> dict[int, str]:
    """Which field each column is, by its heading; a field is taken from the first column that looks like it."""
    known: dict[str, str] = {}
    for synonyms in (SYNONYMS, *(entry.synonyms for entry in PEOPLE_COLUMNS)):
        _learn(known, synonyms)
    found: dict[int, str] = {}
    for place, heading in enumerate(headings):
        field = known.get(fold_heading(heading))
        if field and field not in found.values():
            found[place] = field
    return found


def _learn(known: dict[str, str], synonyms: Mapping[str, str]) -> None:
    for field, words in synonyms.items():
        for word in words.split():
            known.setdefault(fold_heading(word), field)
