"""From the outbox to the receiver: couriers, the webhook client, whose certificate is trusted."""
