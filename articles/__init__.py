"""THE RECORD: what is known of one text. Imports nothing of ours."""
