"""What deploy/ says is what the code knows: variables, commands, settings; and systemd can read it."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from app import server
from app.config import PROJECT, Config
from app.environ import ConfigError
from bench import target
from tests.contracts.test_config import PRODUCTION

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
RUNBOOK = (PROJECT / "docs" / "operation.md").read_text()


class Asked(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values_, self.names = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def example() -> dict[str, str]:
    """The variables of the example, as systemd reads them."""
    lines = (DEPLOY / "environment.example").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: value.strip('"') for name, value in pairs}


def asked() -> set[str]:
    """Every variable that the configuration reads, in production and in the demonstration."""
    agents = {name.replace("FRANCE", "PRO"): value for name, value in PRODUCTION.items() if "FRANCECONNECT" in name}
    environs = (
        Asked(PRODUCTION | agents),
        Asked({"DEMO": "1", "MAIL_SERVER": "127.0.0.1", **PRODUCTION, "PUBLIC_URL": ""}),
    )
    for environ in environs:
        Config.from_environ(environ)
    return set.union(*(environ.names for environ in environs))


def test_every_variable_stands_in_the_example_and_no_other() -> None:
    commented = set(re.findall(r"^# ([A-Z_]+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE))
    assert example().keys() | commented == asked()


def test_every_variable_stands_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    names = {name: re.sub("^(FRANCE|PRO)CONNECT", "", name) for name in asked()}
    assert [name for name, short in names.items() if name not in readme and f"`{short}`" not in readme] == []


def test_the_example_has_no_secret_and_starts_once_it_is_filled() -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_environ(example())
    filled = {name: value or PRODUCTION.get(name, "") for name, value in example().items()}
    assert Config.from_environ(filled).trusted_proxies == 1


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_runs_what_there_is(unit: Path, session_app: Flask) -> None:
    source = unit.read_text()
    for command in re.findall(r"flask --app wsgi ([a-z-]+)", source):
        assert command in session_app.cli.commands
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service") in UNITS
    elif "deliver-mail" not in source and "gunicorn" not in source:
        assert unit.with_suffix(".timer") in UNITS
    assert unit.suffix == ".timer" or "EnvironmentFile=/etc/procurations/environment\n" in source


def test_the_pages_are_measured_in_the_process_that_their_unit_starts() -> None:
    unit = (DEPLOY / "systemd" / "procurations-web.service").read_text()
    assert dict(re.findall(r"^Environment=(\w+)=(\w+)$", unit, re.MULTILINE)) == target.AS_INSTALLED


def test_pages_and_worker_never_read_the_owner_s_environment() -> None:
    for name in ("web", "worker"):
        assert "admin-environment" not in (DEPLOY / "systemd" / f"procurations-{name}.service").read_text()


def test_the_proxy_replaces_what_a_visitor_claims_and_reaches_the_server() -> None:
    proxy = (DEPLOY / "nginx-proxy.conf").read_text()
    for header in ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "X-Request-ID $request_id"):
        assert f"proxy_set_header {header};" in proxy
    assert "$proxy_add_x_forwarded_for" not in proxy
    assert f"server {server.bind};" in (DEPLOY / "nginx.conf").read_text()


@pytest.mark.units
def test_systemd_can_read_every_unit(tmp_path: Path) -> None:
    """As they stand, but for where the programs and the words are."""
    for unit in UNITS:
        here = unit.read_text().replace("/opt/procurations/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(here.replace("/opt/procurations", str(PROJECT)))
    command = ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in UNITS)]
    read = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_the_runbook_names_files_commands_and_figures_that_exist(session_app: Flask) -> None:
    for path in re.findall(r"`((?:deploy|tests|docs)/[\w./-]+)`", RUNBOOK):
        assert (PROJECT / path).exists(), path
    for command in re.findall(r"flask\s+--app wsgi ([a-z-]+)", RUNBOOK):
        assert command in session_app.cli.commands
    text = session_app.test_client().get("/metrics").text
    for figure in set(re.findall(r"procurations_(?:mails|answers|request|database)\w*", RUNBOOK)):
        assert figure in text, figure
