"""The agents' door: signing in and out, and creating accounts."""
