"""Published experiments with their own networks and recipes, to be run again.

`tables` says what was published and needs no PyTorch; `plane_game` and `stack_game` play the games
of PacGAN (Lin et al., arXiv 1712.04086), as its public code plays them.
"""
