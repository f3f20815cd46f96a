"""The domain: the law, the acts and the tables, usable without a web request."""
