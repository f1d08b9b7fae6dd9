"""Results → words: sentences, table cells, notes and names, each computed from what it tells."""
