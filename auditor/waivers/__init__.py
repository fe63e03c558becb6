"""Waivers: signed exceptions with an end date, what they excuse, and what becomes of those that no longer do."""
