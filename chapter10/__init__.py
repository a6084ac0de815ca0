"""chapter10: exercises on convolution, recurrence, attention and the Transformer, and the engine that grades them."""

__version__ = "0.1.0"


def load_ipython_extension(shell: object) -> None:
    """Add `%check`, `%%check` and `%lab` to a notebook: what `%load_ext chapter10` calls."""
    from chapter10.notebook import load_ipython_extension as load

    load(shell)
