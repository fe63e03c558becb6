"""What the HTML page is made of: its templates, its style, its script, and the values that each part of it shows."""
