from flask import Flask


def init_account(app: Flask) -> None:
    pass
