"""How the reader that Judian ships is made: public data in, weights out. Nothing imports it."""
