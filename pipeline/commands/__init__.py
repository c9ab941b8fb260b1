"""The commands of the command line, by what they are for. Thin: parse, call one function, show."""
