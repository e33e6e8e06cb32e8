"""Notes as pitch, step and duration in seconds: the network of the TensorFlow tutorial, to be trained and heard."""
