from flask import Flask


def init_back_office(app: Flask) -> None:
    pass
