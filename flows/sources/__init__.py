"""Where pages come from: `catalogue` has the sources in the order they are asked."""
