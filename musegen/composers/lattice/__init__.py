"""Piano music on a lattice of keys and sixteenths: every key in every sixteenth is silent, held or struck."""
