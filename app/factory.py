"""The application, assembled."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import Babel

from admin_views.back_office import init_back_office
from app.account.views import init_account
from app.assets import init_assets
from app.backup.command import init_backup
from app.compression import init_compression
from app.config import PROJECT, Config
from app.database import init_database
from app.dates import init_dates
from app.elector.card import init_card
from app.elector.certified import init_certified
from app.elector.france_connect import init_france_connect
from app.elector.own_data import init_own_data
from app.elector.receipt import init_receipt
from app.elector.revocation import init_revocation
from app.elector.twin import init_twin
from app.elector.views import init_elector
from app.errors import init_errors
from app.integrity import init_integrity
from app.limits import init_limits
from app.links import init_links
from app.login import init_login
from app.logs import init_logs
from app.mailer import init_mailer
from app.metrics import init_metrics
from app.operation import init_operation
from app.pages import init_pages
from app.paper_path import init_paper_path
from app.prepared import init_prepared
from app.roll import init_roll
from app.security import init_csrf, init_security
from app.templating import init_templating
from app.territory import init_territory
from app.time_acts import init_time_acts
from app.typography import init_typography
from app.venues import init_venues
from app.verify import init_verify
from app.worker import init_worker


class Application(Flask):
    """Flask, whose views and hooks are all plain functions: it need not ask each of them, at each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config) -> Flask:
    """Build the application: configuration, shared tools, doors, back office, posts' tokens, demonstration."""
    folders = {"template_folder": str(PROJECT / "templates"), "static_folder": str(PROJECT / "app" / "static")}
    app = Application(__name__, **folders)
    app.config.from_mapping(config.for_flask())
    app.extensions["procurations"] = config

    init_templating(app)
    init_database(app)
    init_prepared(app)
    init_logs(app)
    init_metrics(app)
    init_security(app, config)
    init_assets(app)
    init_compression(app)
    init_limits(app, config)
    init_errors(app)
    init_typography(app)
    init_links(app)
    init_dates(app)
    init_login(app, config)
    init_mailer(app, config)
    init_backup(app)
    init_territory(app)
    init_venues(app)
    init_time_acts(app)
    init_integrity(app)
    init_roll(app)
    init_worker(app)
    Babel(app, default_locale="fr")

    init_pages(app, config)
    init_operation(app)
    init_paper_path(app)
    init_verify(app)
    init_elector(app)
    init_revocation(app)
    init_receipt(app)
    init_card(app)
    init_twin(app)
    init_own_data(app)
    init_certified(app)
    init_france_connect(app, config)
    init_account(app, config)
    init_back_office(app)
    init_csrf(app)
    if config.demo:
        from app.demo.views import init_demo

        init_demo(app, config)
    return app
