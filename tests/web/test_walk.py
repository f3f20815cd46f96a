"""The three doors, one after the other, over HTTP."""

from models.procuration import Status
from tests.builders import World
from tests.page import read
from tests.web.journeys import answers, file_a_demande, post


def test_an_elector_an_officer_and_a_clerk_walk_through_the_three_doors(world: World) -> None:
    elector = world.as_elector()
    reference = file_a_demande(elector, answers(world))

    officer = world.as_agent(world.an_officer())
    counter = f"/admin/officer/?reference={reference.lower()[:3]}-{reference[3:]}"
    assert read(officer.get(counter)).data_status == Status.SUBMITTED
    answer = post(officer, counter, "/admin/officer/action/", action="validate", confirmed="yes")
    assert answer.status_code == 303
    assert "D&#39;HAUTPOUL DE LA TOUR" in officer.get(answer.location).text

    clerk = world.as_agent(world.a_clerk())
    listed = read(clerk.get("/admin/town-hall/?status=established"))
    details = next(link for link in listed.links.values() if "/details/" in link)
    assert read(clerk.get(details)).data_status == Status.ESTABLISHED
    asked = post(clerk, details, "/admin/town-hall/action/", action="validate")
    done = clerk.post("/admin/town-hall/action/", data=read(asked).form("/admin/town-hall/action/"))
    assert done.status_code == 303
    assert read(clerk.get(details)).data_status == Status.VALIDATED
    assert Status.VALIDATED in elector.get("/mes-procurations").text
