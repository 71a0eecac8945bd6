"""The collapse lab: games that are set up to fail, and the cures, tested over seeds."""
