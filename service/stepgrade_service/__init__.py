"""The reference answer for gradient-descent steps, over HTTP."""
