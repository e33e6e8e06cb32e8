"""The engine: the contract of a codec, drawing events, the loop that makes takes, players of networks."""
