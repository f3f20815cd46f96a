"""The web application: wiring, and the doors of the elector and of the agents."""
