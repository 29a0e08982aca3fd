"""Light: gain and bias, mixtures of light states, appearances, flicker."""
