"""Times by the 24-hour clock and short dates, as the design writes them."""

TIME_FORMAT = "H:i"
DATE_FORMAT = "j N Y"
DATETIME_FORMAT = "j N Y, H:i"
SHORT_DATETIME_FORMAT = "j M, H:i"
MONTH_DAY_FORMAT = "j N"
