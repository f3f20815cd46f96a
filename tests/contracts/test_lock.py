"""What a deployment installs: every package at one version, each file known by its hash, nothing outside setup.cfg."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[2]
LOCK = (PROJECT / "requirements.lock").read_text()
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
DEPLOYED = ("pdf", "redis")
"""The extras that a deployment may want."""


def asked() -> list[Requirement]:
    """What setup.cfg asks for, without the tools of tests."""
    setup = ConfigParser()
    setup.read(PROJECT / "setup.cfg")
    lines = setup["options"]["install_requires"].splitlines()
    for extra in DEPLOYED:
        lines += setup["options.extras_require"][extra].splitlines()
    return [Requirement(line) for line in lines if line.strip()]


def locked() -> dict[str, tuple[str, list[str]]]:
    """The version and the hashes of each package."""
    found = {}
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        name, version = re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", entry).groups()
        found[canonicalize_name(name)] = (version, HASH.findall(entry))
    return found


@pytest.mark.parametrize("requirement", asked(), ids=str)
def test_what_setup_asks_for_is_locked_at_a_version_that_it_allows(requirement: Requirement) -> None:
    version, _ = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


def test_every_file_is_known_by_its_hash_and_comes_from_no_place_of_ours() -> None:
    for name, (_, hashes) in locked().items():
        assert hashes, name
    assert "://" not in LOCK
    assert not re.search(r"^-", LOCK, re.MULTILINE), "an option, such as an index"


def test_every_package_that_the_application_runs_on_is_locked() -> None:
    """Also those that no line of setup.cfg names, because another package brings them."""
    assert {"werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker"} <= locked().keys()
