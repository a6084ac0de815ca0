"""chapter10: exercises on convolution, recurrence, attention and the Transformer, and the engine that grades them."""

__version__ = "0.1.0"
