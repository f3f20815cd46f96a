from flask import Flask


def init_elector(app: Flask) -> None:
    pass
