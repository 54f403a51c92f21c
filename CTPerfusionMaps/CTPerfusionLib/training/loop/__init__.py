"""The loop itself, of torch and Lightning; imported where a training begins."""
