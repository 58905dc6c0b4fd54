"""What the API reads, as plain values, by noun: one query for a page of a list, however long it is."""
