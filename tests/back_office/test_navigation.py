"""The town hall's navigation: five groups, where one is said once, and every page of it within two links."""

import pytest

from models.account import Account
from tests.back_office.desks import Desk, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.page import Page, text_of

GROUPS = ["Dossiers", "Papiers", "Listes à imprimer", "Jour du vote", "Ma commune"]
PAGES = {
    "town-hall/?status=established": ("Dossiers", "À décider"),
    "town-hall/": ("Dossiers", "Toutes"),
    "town-hall/?status=validated": ("Dossiers", "Toutes"),
    "questions/": ("Dossiers", "Questions reçues"),
    "paper/": ("Papiers", "Saisir un papier"),
    "statements/": ("Papiers", "Résiliations reçues"),
    "ends/": ("Papiers", "Décès et droits perdus"),
    "register/": ("Listes à imprimer", None),
    "late/": ("Jour du vote", "Arrivées tardives"),
    "settings/": ("Ma commune", "Réglages"),
    "roll/": ("Ma commune", "Liste électorale"),
    "clerks/": ("Ma commune", "Agents"),
}

WITHOUT_MENU = {"Jour du vote": {"Répondre au bureau de vote"}}
"""The page for a telephone at a polling station: the field comes first."""


def a_desk(world: World, clerk: Account) -> Desk:
    return Desk(world.as_agent(clerk), "/admin/")


def links_of(page: Page, name: str) -> dict[str, str | None]:
    """What a navigation lists, and what it says is current."""
    (nav,) = (nav for nav in page.root.iter("nav") if nav.get("aria-label") == name)
    return {text_of(link): link.get("aria-current") for link in nav.iter("a")}


def test_every_page_says_once_where_one_is_and_leads_to_the_others_of_its_group(world: World) -> None:
    desk = a_desk(world, world.a_clerk(manages_communes=True))
    for address, (group, page_name) in PAGES.items():
        page = desk.read(address)
        main = links_of(page, "Navigation principale")
        assert list(main) == [*GROUPS, "Mon compte"], address
        assert [name for name, current in main.items() if current] == [group], address
        if page_name is None:
            assert main[group] == "page", address
            continue
        pages = links_of(page, group)
        assert [name for name, current in pages.items() if current == "page"] == [page_name], address
        assert set(pages) == {name for _, (of, name) in PAGES.items() if of == group} | WITHOUT_MENU.get(group, set())


def test_the_polling_stations_page_has_no_menu_but_the_ways_out(world: World) -> None:
    page = a_desk(world, world.a_clerk()).read("polling-day/")
    assert list(links_of(page, "Navigation principale")) == ["Arrivées tardives", "Quitter"]


def test_a_page_further_on_says_its_group_only(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    page = hall.read(f"details/?id={procuration.id}")
    assert links_of(page, "Navigation principale")["Dossiers"] == "true"
    assert not any(links_of(page, "Dossiers").values())


@pytest.mark.parametrize("commune", [(), (LAON, SOISSONS)])
def test_who_has_several_communes_reads_so_and_no_clerk_manages_unasked(world: World, commune: tuple[str, ...]) -> None:
    page = a_desk(world, world.a_clerk(*commune)).read("settings/")
    place = "Mes communes" if commune else "Ma commune"
    assert "Agents" not in links_of(page, place)


def test_no_page_of_a_consular_post_speaks_of_town_halls(world: World) -> None:
    desk = a_desk(world, world.a_clerk("C0009", manages_communes=True))
    for address in [*PAGES, "polling-day/"]:
        assert "mairie" not in text_of(desk.read(address).root).lower(), address
