"""The core-volume networks themselves; importing one of these modules imports torch."""
