"""A small Transformer that reads a film review and says whether it is positive.

Embedding, positions, a few encoder layers, one vector for the review, a classifier: the chapter's parts in one model. Reviews
differ in length, so a batch is filled up with padding on the right, and the model must not notice it.
Chapter section: Pass Challenges. Source: Vaswani et al., "Attention Is All You Need" (2017), sections 3.1 and 3.5.
"""

import torch
from torch import Tensor, nn


class SentimentTransformer(nn.Module):
    """Classify token sequences with a Transformer encoder.

    Args:
        vocab_size:  number of different tokens; ids are below it.
        d_model:     feature size of every token, a multiple of n_heads.
        n_heads:     attention heads in each layer.
        num_layers:  number of encoder layers, each with weights of its own.
        d_ff:        width of the feed-forward networks.
        max_len:     longest sequence that the model can read.
        num_classes: number of logits.

    The design is yours within the chapter's idea: token embedding, positions (fixed or learned), num_layers Transformer encoder
    layers, pooling over the kept tokens, classifier. Names of submodules are free. Nothing is off limits in this exercise:
    `nn.TransformerEncoderLayer` may be used.

    What the grader holds you to:
        - forward(tokens, keep) returns logits of shape (N, num_classes), without a softmax or log-softmax, in float32 and
          float64; in eval mode two calls agree;
        - every argument of __init__ is obeyed: any T from 1 up to and including max_len works, every layer adds as many
          parameters as the one before, a larger d_ff adds some, and with other n_heads the same weights give other logits;
        - in eval mode, padding on the right changes nothing: any number of padded places, with any token ids in them, for a
          review alone or inside a batch of others, whatever their order; `keep` alone says what is padding, so token 0 is a
          word like all others where `keep` is True (an embedding with `padding_idx` is right all the same);
        - in eval mode, another word in the place of any kept one changes the logits, and so does exchanging two different kept
          tokens, wherever they stand: order counts;
        - the right gradients flow to every parameter, and the token embedding is trainable;
        - tokens and keep are left as they were;
        - trained on real film reviews (at most 80 tokens, vocabulary 5,000; num_layers=1, otherwise the default arguments; Adam
          at 1.5e-3 decayed linearly to 0, batches of 32, 3 epochs, cross-entropy), it reaches the test accuracy that the check
          asks for.

    Every row keeps at least one token, and padding is always on the right.

    Example:
        >>> model = SentimentTransformer(vocab_size=100, d_model=16, n_heads=2, d_ff=32)
        >>> tokens = torch.tensor([[5, 8, 2, 9], [7, 3, 0, 0]])                   # (N, T)
        >>> keep = torch.tensor([[True, True, True, True], [True, True, False, False]])
        >>> model(tokens, keep).shape
        torch.Size([2, 2])
    """

    def __init__(
        self,
        vocab_size: int,
        d_model: int = 128,
        n_heads: int = 4,
        num_layers: int = 2,
        d_ff: int = 256,
        max_len: int = 512,
        num_classes: int = 2,
    ) -> None:
        super().__init__()
        # TODO 1: build the embedding, the positions, the layers and the classifier.
        raise NotImplementedError("TODO: SentimentTransformer.__init__")

    def forward(self, tokens: Tensor, keep: Tensor) -> Tensor:
        """Return the logits, (N, num_classes).

        Args:
            tokens: (N, T), int64 token ids.
            keep:   (N, T), bool: True for the review's own tokens, False for padding.
        """
        # TODO 2: turn tokens into vectors, and tell where each stands.
        # TODO 3: run the layers. Which places may nobody look at?
        # TODO 4: make one vector of each review, from its own tokens only, and classify it.
        raise NotImplementedError("TODO: SentimentTransformer.forward")
