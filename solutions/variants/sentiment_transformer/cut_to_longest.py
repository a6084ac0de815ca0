"""Cuts the batch to its longest review first, runs time first inside, and pools with a matrix product."""

from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Embedding(max_len, d_model)
        for number in range(num_layers):
            self.add_module(f"layer{number}", nn.TransformerEncoderLayer(d_model, n_heads, d_ff))
        self.num_layers = num_layers
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens, keep):
        longest = int(keep.sum(dim=1).max())
        tokens, keep = tokens[:, :longest], keep[:, :longest]
        x = self.embedding(tokens).transpose(0, 1) + self.positions.weight[:longest].unsqueeze(1)  # (T, N, d)
        for number in range(self.num_layers):
            x = getattr(self, f"layer{number}")(x, src_key_padding_mask=~keep)
        share = nn.functional.normalize(keep.to(x.dtype), p=1, dim=1)
        pooled = (share.unsqueeze(1) @ x.transpose(0, 1)).squeeze(1)
        return self.classifier(pooled)
