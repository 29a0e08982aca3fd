"""From samples to the plate: exposure, votes, clusters, light states, stationary objects."""
