"""Where pages come from: `catalogue` lists the sources in the order in which they are tried."""
