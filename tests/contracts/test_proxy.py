"""nginx reads what deploy/ gives it, and writes down nobody: neither who asks, nor for what."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import trustme

from app import server
from app.config import PROJECT
from tests.live import HOST, free_port

pytestmark = pytest.mark.proxy
DEPLOY = PROJECT / "deploy"
AROUND = """
daemon off;
master_process off;
pid pid;
events {}
http {
    access_log logs/access.log;
    error_log logs/error.log;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    include site.conf;
}
"""
"""What a distribution has around it, with logs that say everything; in one directory, and in one process."""


@dataclass(frozen=True)
class Proxy:
    """Its configuration and its logs in `place`; what it serves in http, then in https."""

    place: Path
    addresses: tuple[str, str]

    @property
    def command(self) -> list[str]:
        return ["nginx", "-p", str(self.place), "-c", "nginx.conf", "-e", "logs/start.log"]


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    """As deploy/ has it, but for places, certificate and ports, which an installation puts in; nobody is behind it."""
    authority, port, secure_port = trustme.CA(), free_port(), free_port()
    certificate = authority.issue_cert("procurations.example", HOST)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "fullchain.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    for place in ("logs", "temp"):
        (tmp_path / place).mkdir()
    places = {
        "/etc/ssl/procurations": str(tmp_path),
        "/etc/nginx/procurations-proxy.conf": str(DEPLOY / "nginx-proxy.conf"),
        "/var/log/nginx": str(tmp_path / "logs"),
        "listen 80": f"listen {HOST}:{port}",
        "listen 443": f"listen {HOST}:{secure_port}",
        f"server {server.bind};": f"server {HOST}:{free_port()};",
    }
    ours = (DEPLOY / "nginx.conf").read_text()
    for place, here in places.items():
        assert place in ours
        ours = ours.replace(place, here)
    ours = re.sub(r"listen \[::\]:\d+", lambda _: f"listen [::]:{free_port()}", ours)
    (tmp_path / "site.conf").write_text(ours)
    (tmp_path / "nginx.conf").write_text(AROUND)
    return Proxy(tmp_path, (f"http://{HOST}:{port}", f"https://{HOST}:{secure_port}"))


@contextmanager
def running(proxy: Proxy) -> Iterator[None]:
    """The proxy at work."""
    process = subprocess.Popen(proxy.command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def ask(proxy: Proxy, address: str) -> int:
    """The status, once it listens; raises ConnectionError after ten seconds."""
    authority = str(proxy.place / "authority.pem")
    for _ in range(100):
        try:
            return requests.get(address, timeout=10, verify=authority, allow_redirects=False).status_code
        except requests.ConnectionError:
            time.sleep(0.1)
    raise ConnectionError(address)


def test_nginx_can_read_its_configuration(proxy: Proxy) -> None:
    read = subprocess.run([*proxy.command, "-t"], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr


def test_a_reference_and_who_asked_for_it_are_in_no_log_even_when_nothing_answers(proxy: Proxy) -> None:
    with running(proxy):
        assert [ask(proxy, f"{address}/demande/K7R2WX") for address in proxy.addresses] == [301, 502]
    logs = {log.name: log.read_text() for log in (proxy.place / "logs").iterdir()}
    assert re.findall(r" (\d{3}) GET ", logs["procurations.log"]) == ["301", "502"]
    for log in logs.values():
        assert "K7R2WX" not in log, log
        assert HOST not in log, log
