"""Events and objects from analytics that run elsewhere: Frigate, cameras, DL Streamer, DeepStream, your own program.

A message goes this way, and nothing here knows a network:

    Message -> parser of the kind -> Reading -> reducer, with what is known -> Happening (verdict, changes, cameras)

`securos-trigger input try FOLDER` sends recorded messages down it. Read `kinds/generic.py` first, then `reducer`. The
transports are beside that way: `mqtt_client`, `http_server`, `device` with `clients/`; `feed` is what they have in
common, and `source` the source of a pipeline that reads one. Knows no trigger node.

How to add a kind
-----------------
1. A module `kinds/<kind>.py` with `KIND = Kind(…)`:
   * settings: a subclass of `InputSettings` (`cameras` and `age_limit_s` are there already);
   * a parser: an object with `read(message)`, which yields one `Reading` for each thing that the message says. It takes
     what it needs with `values.py`, `times.py` and `boxes.py`, which bound everything, and raises MessageError with the
     place for what cannot be read. It compares nothing with earlier messages: that is the reducer's work;
   * rules: what the reducer must know of this source (`reducer.Rules`);
   * fields and losses: the tables of its page.
2. A line in `KINDS` of `kinds/__init__.py`.
3. A folder `tests/payloads/<kind>/` with messages and `expected.json` (tests/payloads/README.md). One test reads all
   folders; the fuzzing test takes every kind in `KINDS`, too.
4. A page `docs/inputs/<kind>.md`, and its line in mkdocs.yml; `make docs` writes its tables.

What a reading needs: a source of frames gives `says=Says.FRAME`, `objects`, and `identity="frame|<source>"`, with a
`key` where the message names itself (a frame number and a time). A source of changes gives `BEGAN`, `HERE` or `ENDED`
with the thing's `identity` and in `compared` what makes a change; `MOMENT` for what has no duration; `AS_IS` with
`is_here` for the state at a subscription, which raises nothing new; `LEVEL` for health and counts.
"""
