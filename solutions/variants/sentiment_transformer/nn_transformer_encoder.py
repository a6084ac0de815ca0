"""Hands all layers to nn.TransformerEncoder, and learns its positions."""

import torch
from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.words = nn.Embedding(vocab_size, d_model)
        self.places = nn.Embedding(max_len, d_model)
        layer = nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers)
        self.head = nn.Linear(d_model, num_classes)

    def forward(self, tokens, keep):
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.encoder(self.words(tokens) + self.places(places), src_key_padding_mask=~keep)
        weight = (keep / keep.sum(dim=1, keepdim=True)).to(x.dtype)
        return self.head(torch.einsum("nt,ntd->nd", weight, x.nan_to_num()))
