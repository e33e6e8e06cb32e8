"""What Musegen measures of itself, a command each: `python -m benchmarks.NAME [--json] [--small]`.

Each prints what it measured and how. Times are compared within one run only, since machines and their load differ.
"""

import os

# One thread for plain array products: the players of networks use one as well. Set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
