from flask import Flask


def init_france_connect(app: Flask, config) -> None:
    pass
