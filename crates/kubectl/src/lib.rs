//! The kubectl dialect: parse a command line, run it on an engine, print as kubectl prints.
