"""The chapter's experiments, run on the learner's own code. Importing this imports neither torch nor matplotlib."""

LABS = {
    "kernels": "What a larger kernel costs and brings: k = 1, 3, 5, 7 on MNIST.",
    "convergence": "RNN, LSTM and your Transformer learn the film reviews: who gets there first?",
    "attention": "Where each word of a sentence looks, head by head, and what “it” attends to.",
    "cost": "Time and memory of full and sliding-window attention as the sequence grows.",
    "receptive-field": "Which input pixels move one output pixel, after n layers of your conv2d.",
    "gradients": "What becomes of gradients through time, under clipping, and through depth.",
    "norms": "LayerNorm against BatchNorm as the batch shrinks.",
}
