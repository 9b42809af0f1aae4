"""What a library knows of the web: pages, lists and sites, and how sources fare."""
