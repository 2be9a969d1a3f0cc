"""The scheduler under what EventBridge and Fargate do to it: ticks late, doubled, lost and out of order."""
