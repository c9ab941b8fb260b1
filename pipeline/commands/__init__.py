"""Commands of the command line. Thin: parse, call one function, show."""
