"""Rules and facts in, findings out; the only room that knows CEL."""
