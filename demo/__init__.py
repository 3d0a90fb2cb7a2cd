"""Replica portals and a mail sink on loopback, with sample notices that were never published anywhere."""
