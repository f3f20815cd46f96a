"""The demonstration: FranceConnect's simulator, a mailbox, and a fictional world; mounted in demo mode only."""
