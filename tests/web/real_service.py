"""The application as a real service is: https, no demonstration, a provider elsewhere; and its addresses."""

from flask import Flask

from app.config import Config
from app.identity_providers import Provider
from tests.builders import a_config

PUBLIC_URL = "https://procurations.example"
PROVIDER = Provider("https://fc.example/api/v2/.well-known/openid-configuration", "client", "secret")


def a_real_service(database_url: str) -> Config:
    """The configuration of one."""
    return a_config(database_url=database_url, public_url=PUBLIC_URL, demo=False, france_connect=PROVIDER)


def readable(app: Flask) -> list[str]:
    """Every address that a GET may ask without naming a row."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return [rule.rule for rule in rules]
