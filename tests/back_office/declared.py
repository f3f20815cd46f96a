"""Who enters where: what each kind of visitor is answered at every address, a line each."""

from app.pdf import has_pdf

OFFICERS = ("officer", "délégué", "responsible")
CLERKS = ("town hall", "town hall of elsewhere")
AGENTS = (*OFFICERS, *CLERKS, "ministry", "auditor")
ELECTORS = ("elector", "another elector")
ROLES = ("anonymous", *ELECTORS, *AGENTS)
LIKE = {"manager": "town hall of elsewhere"}
"""Who is answered as another is, but where a line says otherwise."""
Answers = dict[str, int]


def all_get(status: int) -> Answers:
    return dict.fromkeys(ROLES, status)


def electors_only(owner: int, other: int | None = None) -> Answers:
    """Others sign in first; the second elector may be told that the row does not exist."""
    return all_get(302) | {"elector": owner, "another elector": other or owner}


def desk_of(*roles: str, status: int = 200) -> Answers:
    """Agents of another role are refused, everybody else signs in."""
    return all_get(302) | dict.fromkeys(AGENTS, 403) | dict.fromkeys(roles, status)


def closed_table(name: str, *roles: str) -> dict[str, Answers]:
    """Flask-Admin's nine addresses: none exists, even for its own role, but those that a line below opens."""
    views = ("create", "edit", "details", "delete", "action", "export", "ajax_lookup", "ajax_update")
    names = [view if view.startswith(("export", "ajax")) else f"{view}_view" for view in views]
    return {f"{name}.{view}": desk_of(*roles, status=404) for view in names}


DECLARED: dict[str, Answers] = {
    # Anybody: public pages, and what the demonstration shows (a mail that was not sent yet is nowhere).
    **{f"pages.{page}": all_get(200) for page in ("home", "where", "where_in", "paper", "help", "accessibility")},
    **{f"pages.{page}": all_get(200) for page in ("privacy", "legal", "site_map")},
    "pages.security_text": all_get(200),
    **{f"operation.{page}": all_get(200) for page in ("health", "ready", "metrics")},
    **{f"paper_path.{page}": all_get(200) for page in ("form", "blank")},
    "paper_path.sheet": all_get(422),
    "static": all_get(200),
    "territory.communes": all_get(200),
    "verify.form": all_get(200),
    "verify.check": all_get(422),
    "verify.key": all_get(200),
    "demo.home": all_get(200),
    "demo_roll.sample_roll": all_get(200),
    "mailbox.index": all_get(200),
    "mailbox.message": all_get(404),
    "mailbox.html_part": all_get(404),
    "simulator.discovery": all_get(200),
    "simulator.jwks": all_get(200),
    "simulator.authorize": all_get(400),
    "simulator.choose": all_get(400),
    "simulator.end_session": all_get(400),
    "simulator.token": all_get(401),
    "simulator.userinfo": all_get(401),
    # Signing in and out, each side for itself.
    "france_connect.sign_in": all_get(302),
    "france_connect.come_back": all_get(400),
    "france_connect.ask_to_sign_out": all_get(200),
    "france_connect.sign_out": all_get(303),
    "account.sign_in": all_get(200) | dict.fromkeys(AGENTS, 302),
    "account.sign_in_act": all_get(422),
    "account.sign_out": all_get(303),
    "own_account.show": all_get(302) | dict.fromkeys(AGENTS, 200),
    "own_account.keep_session": all_get(302) | dict.fromkeys(AGENTS, 200),
    "own_account.end_session": all_get(302) | dict.fromkeys(AGENTS, 404),
    "own_account.answer_offer": all_get(302) | dict.fromkeys(AGENTS, 404),
    "own_account.end_other_sessions": all_get(302) | dict.fromkeys(AGENTS, 303),
    "own_account.change_password": all_get(302) | dict.fromkeys(AGENTS, 422),
    "second_step.show": all_get(303) | dict.fromkeys(AGENTS, 302),
    "second_factor.enrol": all_get(302) | dict.fromkeys(AGENTS, 200),
    "second_factor.confirm": all_get(302) | dict.fromkeys(AGENTS, 303),
    "second_factor.codes": all_get(302) | dict.fromkeys(AGENTS, 200),
    "second_factor.renew_codes": all_get(302) | dict.fromkeys(AGENTS, 409),
    "second_factor.remove": all_get(302) | dict.fromkeys(AGENTS, 303),
    # ProConnect, where it is not configured.
    **{
        f"pro_connect.{page}": all_get(404)
        for page in ("leave", "leave_with_invitation", "leave_to_link", "leave_to_prove", "unlink")
    },
    "pro_connect.come_back": all_get(404),
    # The demonstration's address is in digits, which no key can be bound to.
    "second_step.challenge": all_get(303),
    "keys.show": all_get(302) | dict.fromkeys(AGENTS, 200),
    "keys.challenge": all_get(302) | dict.fromkeys(AGENTS, 404),
    "keys.add": all_get(302) | dict.fromkeys(AGENTS, 422),
    "keys.remove": all_get(302) | dict.fromkeys(AGENTS, 404),
    "invitation.read": all_get(404),
    "invitation.accept": all_get(404),
    # Step 1: an elector, and the elector's own rows.
    "elector.request_form": electors_only(200),
    "elector.save_request": electors_only(422),
    "elector.recap": electors_only(303),
    "elector.confirm": electors_only(303),
    "elector.mine": electors_only(200),
    "elector.receipt": electors_only(200, 404),
    "elector.ask_to_withdraw": electors_only(200, 404),
    "elector.withdraw": electors_only(200, 404),
    "elector.correct_email": electors_only(422, 404),
    "revocation.ask": electors_only(200, 404),
    "revocation.act": electors_only(200, 404),
    "receipt.show": electors_only(404),
    "receipt.download": electors_only(404),
    "card.show": electors_only(303, 404),
    "twin.show": electors_only(200, 404),
    "own_data.show": electors_only(200),
    "own_data.download": electors_only(200),
    # Neither way is open to this demande: its election knows no certified identity, and it is not in force.
    "certified.ask_place": electors_only(409, 404),
    "certified.leave_to_establish": electors_only(409, 404),
    "certified.ask_to_revoke": electors_only(409, 404),
    "certified.leave_to_revoke": electors_only(409, 404),
    # The back office: nothing but what is named.
    "admin.index": all_get(302),
    **closed_table("officer", *OFFICERS),
    **closed_table("special_register", "officer", "responsible"),
    **closed_table("town_hall", *CLERKS),
    **closed_table("supervision", "ministry"),
    **closed_table("journal", "auditor"),
    # Step 2: any officer, any living reference.
    "officer.index_view": desk_of(*OFFICERS),
    "officer.action_view": desk_of(*OFFICERS),
    # The receipts of this officer's own acts.
    "officer_receipt.index": desk_of(*OFFICERS, status=404) | {"officer": 200},
    "officer_receipt.pdf": desk_of(*OFFICERS, status=404) | {"officer": 200 if has_pdf() else 404},
    # A form filled with who has no FranceConnect: by who establishes; received by the commune's town hall.
    "form.index GET": desk_of(*OFFICERS) | {"délégué": 403},
    "form.index POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "form.printed": desk_of(*OFFICERS, status=404) | {"officer": 200, "délégué": 403},
    "paper.arrived": desk_of("town hall") | {"town hall of elsewhere": 404},
    "paper.receive": desk_of("town hall", status=422) | {"town hall of elsewhere": 404},
    # Nobody has opened the sheet of this demande yet.
    "paper.sheet": desk_of(*CLERKS, status=404),
    # Rounds, of their station.
    "rounds.index": desk_of(*OFFICERS),
    "rounds.plan GET": desk_of(*OFFICERS) | {"délégué": 403},
    "rounds.plan POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "rounds.one": desk_of(*OFFICERS) | {"délégué": 404},
    "rounds.correct GET": desk_of(*OFFICERS) | {"délégué": 403},
    "rounds.correct POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "rounds.cancel": desk_of(*OFFICERS, status=303) | {"délégué": 403},
    "rounds.visit GET": desk_of(*OFFICERS) | {"délégué": 404},
    "rounds.visit POST": desk_of(*OFFICERS, status=422) | {"délégué": 404},
    "rounds.papers": desk_of(*OFFICERS),
    "rounds.destroy": desk_of(*OFFICERS, status=422),
    # What an officer, or a station, has established: not for who only prepares.
    "special_register.index_view": desk_of("officer", "responsible"),
    "special_register.figures_view": desk_of("officer", "responsible"),
    "special_register.export_all": desk_of("officer", "responsible"),
    # A revocation without a reference: heard by who establishes, attached by the commune's town hall.
    "statement.index GET": desk_of(*OFFICERS) | {"délégué": 403},
    "statement.index POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "statements.index": desk_of(*CLERKS),
    "statements.one": desk_of("town hall") | {"town hall of elsewhere": 404},
    "statements.act": desk_of("town hall", status=422) | {"town hall of elsewhere": 404},
    # A question about a mandataire: asked by the procuration's town hall, answered by the mandataire's.
    "questions.index": desk_of(*CLERKS),
    "questions.ask": desk_of("town hall", status=409) | {"town hall of elsewhere": 404},
    "questions.answer": desk_of("town hall of elsewhere", status=422) | {"town hall": 404},
    # Who may act at a counter: who answers for the station, and supervision.
    "habilitations.index": desk_of("responsible", "ministry"),
    "habilitations.invite": desk_of("responsible", status=422),
    "habilitations.one": desk_of("responsible", "ministry"),
    "habilitations.record": desk_of("responsible", "ministry", status=422),
    "habilitations.end": desk_of("responsible", "ministry"),
    "habilitations.resend": desk_of("responsible", "ministry", status=303),
    "habilitations.remove": desk_of("responsible", "ministry"),
    "habilitations.reset_factor": desk_of("responsible", "ministry"),
    "habilitations.suspend": desk_of("responsible", "ministry"),
    "habilitations.restore": desk_of("responsible", "ministry", status=303),
    # Who answers for stations and communes, and anybody else by the whole address: supervision.
    "managers.index": desk_of("ministry"),
    "managers.find_one": desk_of("ministry", status=422),
    "managers.new": desk_of("ministry"),
    "managers.invite": desk_of("ministry", status=422),
    **{f"managers.{page}": desk_of("ministry") for page in ("one", "remove", "reset_factor", "suspend")},
    **{f"managers.{page}": desk_of("ministry") for page in ("appoint", "relieve")},
    **{f"managers.{page}": desk_of("ministry", status=303) for page in ("resend", "restore")},
    # Who works for a commune: its manager, among the clerks, and nobody else.
    "clerks.index": desk_of() | {"manager": 200},
    "clerks.invite": desk_of() | {"manager": 422},
    "clerks.one": desk_of() | {"manager": 200},
    "clerks.limit": desk_of() | {"manager": 303},
    "clerks.remove": desk_of() | {"manager": 200},
    "clerks.resend": desk_of() | {"manager": 303},
    "clerks.withdraw": desk_of() | {"manager": 303},
    "clerks.reset_factor": desk_of() | {"manager": 200},
    # Step 3: a town hall, and its communes' rows.
    "town_hall.index_view": desk_of(*CLERKS),
    "town_hall.details_view": desk_of("town hall") | {"town hall of elsewhere": 404},
    "town_hall.action_view": desk_of("town hall") | {"town hall of elsewhere": 404},
    "town_hall.export_all": desk_of(*CLERKS, status=400),
    "roll.index": desk_of(*CLERKS),
    "roll.receive": desk_of(*CLERKS, status=422),
    "roll.follow": desk_of("town hall") | {"town hall of elsewhere": 404},
    "register.index": desk_of(*CLERKS),
    **{
        f"register.{page}": desk_of("town hall") | {"town hall of elsewhere": 404}
        for page in ("day", "register", "mentions", "export_register", "export_mentions")
    },
    "ends.index": desk_of(*CLERKS),
    "ends.look_up": desk_of(*CLERKS, status=422),
    "polling_day.index": desk_of(*CLERKS),
    "polling_day.answer": desk_of(*CLERKS, status=422),
    "late.index": desk_of(*CLERKS),
    "settings.index": desk_of("town hall") | {"town hall of elsewhere": 404},
    "settings.save": desk_of("town hall", status=303) | {"town hall of elsewhere": 404},
    **{
        f"editions.{page}": desk_of(*CLERKS, status=404)
        for page in ("index", "make", "whole", "export", "export_whole")
    },
    "register.pdfs": desk_of(*CLERKS, status=404) | ({"town hall": 200} if has_pdf() else {}),
    "register.ask_pdfs": desk_of(*CLERKS, status=404) | ({"town hall": 303} if has_pdf() else {}),
    "register.pdf_file": desk_of("town hall") | {"town hall of elsewhere": 404},
    "town_hall.letter_view": desk_of(*CLERKS, status=404),
    "paper.index": desk_of(*CLERKS),
    "paper.index POST": desk_of(*CLERKS, status=422),
    # Supervision: counts and codes, never a person.
    "supervision.index_view": desk_of("ministry"),
    "supervision.election": desk_of("ministry"),
    "supervision.new_election GET": desk_of("ministry"),
    "supervision.new_election POST": desk_of("ministry", status=422),
    "supervision.correct_election GET": desk_of("ministry"),
    "supervision.correct_election POST": desk_of("ministry", status=422),
    "reason_texts.index": desk_of("ministry"),
    "reason_texts.one": desk_of("ministry"),
    "reason_texts.write": desk_of("ministry", status=409),
    "venues.index": desk_of("ministry"),
    "venues.one": desk_of("ministry"),
    "venues.correct": desk_of("ministry", status=422),
    "venues.new GET": desk_of("ministry"),
    "venues.new POST": desk_of("ministry", status=422),
    "journal.index_view": desk_of("auditor"),
    "journal.integrity": desk_of("auditor"),
}
