"""Where Flask-Admin bites, one test a trap.

Access by role, foreign rows, actions, tokens, races and markup are walked in the other files of this directory.
"""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_admin import Admin, BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import SecureForm

from admin_views.audit import JournalTable
from admin_views.back_office import BackOffice, Desks
from admin_views.base import Guarded, GuardedTable
from app.factory import create_app
from models.account import Role
from models.base import db
from models.scrutin import Election
from tests.back_office.desks import Desk, counter, town_hall
from tests.builders import World, a_config
from tests.database import queries
from tests.page import read, text_of

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = PROJECT / "templates"
SOURCES = "\n".join(path.read_text() for path in (PROJECT / "admin_views").glob("*.py"))


def views(app: Flask) -> list[Any]:
    return list(app.extensions["admin"][0]._views)


def tables(app: Flask) -> list[GuardedTable]:
    return [view for view in views(app) if isinstance(view, GuardedTable)]


class Open(BaseView):  # type: ignore[misc]
    @expose("/")
    def index(self) -> str:
        return "open"


def test_every_view_is_guarded_and_names_its_roles(app: Flask) -> None:
    assert all(isinstance(view, Guarded) and view.roles and view.opened for view in views(app))


def test_a_view_without_guard_is_refused() -> None:
    with pytest.raises(TypeError, match="Open is not Guarded"):
        BackOffice(Flask(__name__), index_view=Desks()).add_view(Open(endpoint="open"))


def test_the_default_index_is_refused_too() -> None:
    with pytest.raises(TypeError, match="not Guarded"):
        BackOffice(Flask(__name__))


def test_a_table_that_declares_nothing_opens_nothing() -> None:
    assert Guarded.roles == Guarded.opened == frozenset()
    with pytest.raises(NotImplementedError):
        GuardedTable.perimeter(object())  # type: ignore[arg-type]


def test_nothing_can_be_created_edited_deleted_exported_or_edited_inline(app: Flask) -> None:
    for table in tables(app):
        flags = (table.can_create, table.can_edit, table.can_delete, table.can_export, table.can_set_page_size)
        assert not any(flags)
        assert not table.column_editable_list
        assert not table.inline_models
        assert not table.form_ajax_refs
        assert not any((table.create_modal, table.edit_modal, table.details_modal))


def test_no_relation_and_no_column_reaches_a_form(app: Flask) -> None:
    for table in tables(app):
        assert [field.name for field in table.create_form() if field.name != "csrf_token"] == []


def test_columns_are_listed_one_by_one(app: Flask) -> None:
    secret = {"email", "elector_key", "submission_key", "password_hash", "note", "mandant_nne", "mandataire_nne"}
    for table in tables(app):
        listed = [name for name, _ in table.get_list_columns()]
        assert listed == list(type(table).column_list)
        assert not secret & set(listed)
        assert [name for name, _ in table.get_details_columns()] == listed
        assert [name for name, _ in table.get_export_columns()] == listed


def test_the_list_the_count_and_one_row_come_from_one_perimeter(app: Flask) -> None:
    for table in tables(app):
        own = {name for name in vars(type(table)) if name in ("get_query", "get_count_query", "get_one", "get_list")}
        assert not own, "the base decides these, a desk says only its perimeter"


def test_the_perimeter_is_a_criterion_and_joins_nothing(world: World) -> None:
    hall, desk = town_hall(world), counter(world)
    for client in (hall, desk):
        with queries() as seen:
            client.get("?status=established")
        lists = [re.sub(r"\s+", " ", q) for q in seen if "FROM procuration" in q]
        assert lists
        assert not any(re.search(r"FROM procuration,|CROSS JOIN", query) for query in lists)


def test_each_list_is_sorted_down_to_the_primary_key(app: Flask) -> None:
    for table in tables(app):
        if isinstance(table, JournalTable):
            continue  # models/journal_search.py reads it, by key
        assert table.newest_first[-1].element is table.model.id.expression or "id DESC" in str(table.newest_first[-1])


def test_no_list_counts_a_whole_table(world: World) -> None:
    hall = town_hall(world)
    with queries() as seen:
        hall.get()
    asked = [re.sub(r"\s+", " ", query) for query in seen]
    counts = [query for query in asked if "count(" in query and not query.endswith("FROM election")]
    assert counts
    assert all("LIMIT" in query for query in counts)


def test_nothing_is_searched_with_like(world: World) -> None:
    hall = town_hall(world)
    with queries() as seen:
        hall.get("?search=HAUTPOUL&flt0_0=x")
    assert not any("LIKE" in query.upper() for query in seen)


def test_one_protection_against_forged_posts_and_not_two() -> None:
    assert not issubclass(GuardedTable.form_base_class, SecureForm)
    assert "SecureForm" not in SOURCES


def test_a_token_lives_as_long_as_the_session(app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_an_error_in_a_view_is_neither_flashed_nor_run_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hall, runs = town_hall(world), []

    def broken(self: Any) -> None:
        runs.append(1)
        raise TypeError("HAUTPOUL has no length")

    monkeypatch.setattr(GuardedTable, "get_query", broken)
    with caplog.at_level(logging.ERROR):
        page = read(hall.get())
    assert (page.status, runs) == (500, [1])
    assert "HAUTPOUL" not in text_of(page.root)
    assert "unexpected keyword" not in caplog.text


def test_a_handler_of_errors_leaves_them_to_the_application(app: Flask) -> None:
    assert all(table.handle_view_exception(ValueError("x")) is False for table in tables(app))


def test_no_template_of_flask_admin_is_rendered(world: World) -> None:
    """Theirs carry inline handlers, a hidden empty action and English."""
    hall, desk = town_hall(world), counter(world)
    demande, procuration = world.submitted(), world.established()
    supervision = Desk(world.as_agent(world.an_account(Role.MINISTRY)), "/admin/supervision/")
    for answer in (
        hall.get(),
        hall.get(f"details/?id={procuration.id}"),
        hall.post("validate", procuration.id),
        desk.get(),
        desk.get(f"?reference={demande.reference}"),
        supervision.get(),
    ):
        for trace in ("bootstrap", "jquery", "onclick", "javascript:", "With selected", "admin/static", "glyphicon"):
            assert trace not in answer.text
    names = {Path(template).name for template in world.app.jinja_env.list_templates() if template.startswith("admin/")}
    assert {"list.html", "table.html"} <= names
    assert (TEMPLATES / "admin" / "list.html").exists()


def test_the_scripts_and_styles_of_flask_admin_are_not_served(world: World) -> None:
    client = world.app.test_client()
    assert client.get("/admin/static/admin/js/actions.js").status_code == 404
    assert "admin.static" not in {rule.endpoint for rule in world.app.url_map.iter_rules()}


def test_the_button_carries_the_action_not_a_hidden_field(world: World) -> None:
    world.established()
    page = town_hall(world).read()
    named = [(e.tag, e.get("value")) for e in page.all() if e.get("name") == "action"]
    assert named == [("button", "validate"), ("button", "invalidate")]


def test_no_formatter_builds_markup_from_data() -> None:
    assert not re.search(r"Markup\(\s*f[\"']", SOURCES)
    assert not re.search(r"Markup\([^\"']", SOURCES)
    assert "|safe" not in "".join(p.read_text().replace(" ", "") for p in TEMPLATES.rglob("*.html"))


def test_descriptions_which_are_rendered_raw_are_not_used(app: Flask) -> None:
    assert not any(table.column_descriptions for table in tables(app))


def test_the_back_office_speaks_french(world: World) -> None:
    world.established()
    for answer in (town_hall(world).get(), counter(world).get()):
        assert not re.search(r"\b(List|Create|Edit|Delete|Selected|Actions?|Filter|Search)\b", read(answer).text)


def test_a_second_application_can_be_built(config: Any) -> None:
    first = create_app(a_config(database_url=config.database_url))
    second = create_app(a_config(database_url=config.database_url))
    names = [{rule.endpoint for rule in app.url_map.iter_rules()} for app in (first, second)]
    assert names[0] == names[1]
    for app in (first, second):
        with app.app_context():
            db.engine.dispose()


def test_endpoints_are_named_for_the_desk_not_for_the_model(app: Flask) -> None:
    assert {view.endpoint for view in views(app)} == {
        "admin",
        "officer",
        "officer_receipt",
        "form",
        "rounds",
        "register",
        "editions",
        "late",
        "ends",
        "polling_day",
        "settings",
        "questions",
        "clerks",
        "managers",
        "habilitations",
        "special_register",
        "statement",
        "statements",
        "town_hall",
        "paper",
        "roll",
        "supervision",
        "reason_texts",
        "venues",
        "journal",
    }


def test_no_file_manager_and_no_console_is_registered() -> None:
    assert not re.search(r"fileadmin|rediscli", SOURCES)


def test_the_addresses_own_options_reach_no_link(world: World) -> None:
    """Flask-Admin hands what it does not know in the address to url_for: `_scheme`, `_external`, `endpoint`."""
    world.established()
    hall = town_hall(world)
    plain = hall.get("?status=established")
    odd = hall.get("?status=established&_scheme=javascript&_external=1&_anchor=x&endpoint=y&_method=POST")
    assert odd.status_code == 200
    assert read(odd).links == read(plain).links


def test_an_act_writes_the_journal_before_its_one_commit(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    form = desk.read(f"?reference={demande.reference}").form("/admin/officer/action/")
    with queries() as seen:
        desk.client.post("/admin/officer/action/", data=form)
    writes = [query.split()[0:3] for query in seen if query.split()[0] in ("UPDATE", "INSERT")]
    assert [words[-1 if words[0] == "INSERT" else 1] for words in writes] == [
        "procuration",
        "journal_entry",
        "procuration",
        "outbox_mail",
    ], "the act, its entry, the head of the entry's stream, the message"


def test_the_legacy_query_stays_in_the_back_office() -> None:
    for path in [*(PROJECT / "models").glob("*.py"), *(PROJECT / "app").rglob("*.py")]:
        assert not re.search(r"\.query\(|\.query\.", path.read_text()), path


def test_an_ordinary_flask_admin_is_what_we_are_protected_from() -> None:
    """The pinned version still registers nine endpoints a table, whatever its flags: `closed_table` names them all."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    with app.app_context():
        Admin(app).add_view(ModelView(Election, db, endpoint="bare"))
    bare = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("bare.")}
    assert len(bare) == 9
