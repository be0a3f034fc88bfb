"""A mutation run: changes one place of the code at a time and asks whether a test notices.

`make mutants` runs it. A place that can be changed unnoticed is a place that no test holds: it is printed as a
survivor, and either gets a test or, when the change has no effect that can be seen, an entry in `explained.toml`.

Why not mutmut or cosmic-ray: mutmut 3 changes only the inside of functions (our limits are constants of modules) and
first runs every test once to learn which ones belong to a function; cosmic-ray takes one test command for all modules
and writes into the working tree; and none of them knows JavaScript. This one takes minutes because each mutant meets
the tests of its own module only, in a process that has every library loaded.
"""
