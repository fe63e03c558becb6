"""The fast engine: expectations judged batch by batch on Arrow data, with the meanings that Great Expectations gives them."""
