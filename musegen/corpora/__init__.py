"""Public corpora as data, each with a short reader that yields Pieces or arrays."""

from musegen.corpora import jsb_chorales
from musegen.corpora.base import Dataset, RemoteFile, fetch, get_dataset, list_datasets

__all__ = ["Dataset", "RemoteFile", "fetch", "get_dataset", "jsb_chorales", "list_datasets"]
