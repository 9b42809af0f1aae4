"""Bytes over the network: connections to checked addresses alone, bodies whole and bounded."""
