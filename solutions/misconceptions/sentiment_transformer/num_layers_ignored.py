"""You build a fixed number of layers, whatever num_layers says.

Count your parameters for num_layers=1 and num_layers=3: do they differ?
"""

from torch import Tensor, nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Embedding(max_len, d_model)
        self.layers = nn.ModuleList([nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True)])
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens: Tensor, keep: Tensor) -> Tensor:
        x = self.embedding(tokens) + self.positions.weight[: tokens.size(1)]
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~keep)
        kept = keep.unsqueeze(-1)
        mean = x.masked_fill(~kept, 0).sum(dim=1) / kept.sum(dim=1)
        return self.classifier(mean)
