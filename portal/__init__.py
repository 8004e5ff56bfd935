"""WHERE MONITORS SEARCH: a web page over hits and ledger. It reads and never writes."""
