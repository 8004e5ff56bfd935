"""WHERE MONITORS SEARCH: a web page over hits and ledger. Its one form lets them correct a verdict."""
