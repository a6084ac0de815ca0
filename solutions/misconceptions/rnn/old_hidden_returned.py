"""You hand back the hidden state that came in, not the one after the last step.

nn.RNN returns two things. Where does the second one go in your code?
"""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size: int, hidden_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        states, _ = self.rnn(self.embedding(x), hidden)
        if hidden is None:
            hidden = states.new_zeros(1, x.size(0), states.size(-1))
        return self.fc(states), hidden
