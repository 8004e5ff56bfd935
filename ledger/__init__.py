"""What happened to every item: the state of record. ``ledger.store.Ledger`` is all that others use."""
