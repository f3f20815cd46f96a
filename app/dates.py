"""The clock, read in one place, and dates as French people read them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from flask import Flask

from models.territory import Commune

DESK_ZONE = ZoneInfo("Europe/Paris")
DAYS, MONTHS = get_day_names(locale="fr"), get_month_names(locale="fr")
"""Asked of Babel once: a page of five hundred rows writes a thousand days."""


def now() -> datetime:
    """This instant, in UTC: the only reading of the clock; the domain is given it."""
    return datetime.now(UTC)


def init_dates(app: Flask) -> None:
    """Give the templates their filters."""
    app.add_template_filter(long_day)
    app.add_template_filter(day_and_month)
    app.add_template_filter(short_day)
    app.add_template_filter(clock_time)
    app.add_template_filter(long_instant)
    app.add_template_filter(desk_instant)
    app.add_template_filter(days_in_words)
    app.add_template_filter(local_day)
    app.add_template_filter(in_days)
    app.add_template_filter(eve_or_hour)


def long_day(day: date | str) -> str:
    """« dimanche 14 mars 2027 », « mardi 1er juin 2027 »."""
    day = _date(day)
    return f"{DAYS[day.weekday()]} {day_and_month(day)}"


def day_and_month(day: date | str) -> str:
    """« 14 mars 2027 »; the first of a month is « 1er »."""
    day = _date(day)
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month]} {day.year}"


def short_day(day: date | str) -> str:
    """« 14/03/2027 », for desks: short and sortable by eye."""
    day = _date(day)
    return f"{day.day:02}/{day.month:02}/{day.year}"


def clock_time(instant: datetime | str, zone: ZoneInfo | str = DESK_ZONE) -> str:
    """« 9 h 44 » in that time zone, on one line."""
    instant = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return hour(instant.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone))


def hour(local: datetime) -> str:
    """The same of a moment that is already there."""
    return f"{local.hour}\u00a0h\u00a0{local.minute:02}"


def long_instant(instant: datetime, zone: ZoneInfo) -> str:
    """« 14 mars 2027 à 9 h 44 » in that time zone."""
    return f"{day_and_month(instant.astimezone(zone).date())} à {clock_time(instant, zone)}"


def desk_instant(instant: datetime) -> str:
    """« 14/03/2027, 9 h 44 », on the desks' clock."""
    return f"{short_day(instant.astimezone(DESK_ZONE).date())}, {clock_time(instant)}"


def local_day(instant: datetime, commune: Commune) -> date:
    """The date in that commune at that instant."""
    return commune.local_day(instant)


def in_days(length: timedelta) -> str:
    """« moins d'un jour », « 1 jour », « 3 jours »: whole days, rounded up."""
    days = ceil(length / timedelta(days=1))
    if length < timedelta(days=1):
        return "moins d'un jour"
    return f"{days}\u00a0jour{'s' if days > 1 else ''}"


def eve_or_hour(instant: datetime, commune: Commune) -> str:
    """« jeudi 11 mars 2027 à minuit » there, or « vendredi 12 mars 2027 à 18 h 30 »."""
    local = instant.astimezone(commune.zone)
    if local.time() == time():
        return f"{long_day(local.date() - timedelta(days=1))} à minuit"
    return f"{long_day(local.date())} à {clock_time(instant, commune.zone)}"


def days_in_words(days: Sequence[date | str]) -> str:
    """« dimanche 14 mars 2027 et dimanche 21 mars 2027 »."""
    words = [long_day(day) for day in days]
    return " et ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _date(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
