from flask import Flask


def init_demo(app: Flask, config) -> None:
    pass
