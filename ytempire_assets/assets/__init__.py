"""The assets of the graph, one stage a module: read, call the domain, return the table."""
