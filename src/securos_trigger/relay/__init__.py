"""Beyond one machine: gateways relay what they keep to a NATS JetStream cluster, and `deliver` sends it from there.

    outbox -> courier -> relay transport -> events stream -> deliver -> courier -> webhook
                                                                |
    outbox <- outcomes of this gateway <- outcomes stream <-----+-> dead letters stream

The outbox stays in front, and the courier, its lanes and its rules are the same on both sides. Read `gateway` first
(what a site does), then `deliver` (what the cluster's side does) and `lease` (one owner for each receiver).

    in the cluster      `names`, `messages`, and `streams`, which also has how long leases and messages stay
    at the gateway      `publishing`, `outcomes` (how its events ended), `undelivered` (events that no `deliver` takes),
                        `lost_events` (those that the cluster has lost)
    beside the VMS      for each receiver a `target_session`: `pulling` gets messages, `pulled` and `lanes` are its
                        couriers' outbox in memory, `finishing` writes how each delivery ended, `removal` takes
                        it out of the stream; `attempts` counts what fails
    for a person        `view`, `dead_letters`, `cluster_trust`

Knows no pipeline and no trigger node.
"""
