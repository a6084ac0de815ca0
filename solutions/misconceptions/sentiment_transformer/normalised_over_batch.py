"""You normalise the pooled vectors over the batch, in eval mode too.

A review's logits then depend on which others are in the batch. Feed one review alone and among others: do they agree?
"""

from torch import Tensor, nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Embedding(max_len, d_model)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True) for _ in range(num_layers)
        )
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens: Tensor, keep: Tensor) -> Tensor:
        x = self.embedding(tokens) + self.positions.weight[: tokens.size(1)]
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~keep)
        kept = keep.unsqueeze(-1)
        mean = x.masked_fill(~kept, 0).sum(dim=1) / kept.sum(dim=1)
        mean = (mean - mean.mean(dim=0)) / (mean.var(dim=0, unbiased=False) + 1e-5).sqrt()
        return self.classifier(mean)
