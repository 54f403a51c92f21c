"""The networks themselves; importing one of these modules imports torch."""
