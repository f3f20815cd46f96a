"""The whole sign-in and sign-out, in a browser, with a provider of another origin that this project did not write."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from playwright.sync_api import Page

from tests.oidc.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.oidc, pytest.mark.xdist_group("oidc")]


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/demande")
    assert page.url.startswith(site.provider)
    page.get_by_role("button", name="Continuer").click()


def test_an_elector_signs_in_and_reads_their_civil_status(page: Page, site: Site) -> None:
    sign_in(page, site)
    assert page.url == f"{site.url}/demande"
    main = page.locator("main").inner_text()
    assert "D'ARVOR-LE GOFF" in main
    assert "Gwénola Anne" in main


def test_an_elector_who_gives_up_comes_back_to_a_french_page(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/connexion")
    page.get_by_role("button", name="Annuler").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Vous avez interrompu la connexion"
    page.get_by_role("link", name="Réessayer avec FranceConnect").click()
    assert page.url.startswith(site.provider)


def test_an_elector_signs_out_here_and_there(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/deconnexion")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    assert page.url.startswith(f"{site.provider}/api/v2/session/end")
    page.get_by_role("button", name="Terminer la session").click()
    assert urlsplit(page.url).path == "/"
    assert page.url.startswith(site.url)
    page.goto(f"{site.url}/demande")
    assert page.get_by_role("button", name="Continuer").is_visible(), "the provider asks again: both sessions ended"


def test_a_session_of_the_provider_makes_the_second_sign_in_immediate(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.context.clear_cookies(name="elector")
    page.goto(f"{site.url}/demande")
    assert page.url == f"{site.url}/demande"


@pytest.mark.parametrize("more", [{"code_challenge": "x"}, {"nonce": "short"}, {"state": "short"}, {"max_age": "1"}])
def test_the_front_refuses_what_france_connect_refuses(site: Site, more: dict[str, str]) -> None:
    departure = requests.get(f"{site.url}/connexion", allow_redirects=False, timeout=10).headers["Location"]
    wrong = requests.Request("GET", f"{site.provider}/api/v2/authorize", params=_query(departure) | more)
    assert requests.get(wrong.prepare().url or "", timeout=10).status_code == 400


def test_all_of_this_is_given_to_one_process_of_the_tests(request: pytest.FixtureRequest) -> None:
    is_shared_out = getattr(request.config.option, "loadgroup", False)
    assert not is_shared_out or request.node.nodeid.endswith("@oidc")


def _query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
