"""The loop that trains core-volume networks; its modules import torch."""
