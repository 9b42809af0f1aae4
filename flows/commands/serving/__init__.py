"""Commands of servers, and of the search that is one of their tools."""
