"""An optimizer of one convention as the same rule in another: what each can write, and what algebra allows."""
