"""The HTTP side: one contract for the page, scripts and robots; routes by topic, and the guard."""
