"""What is said to the musician of their music, as data: a `Remark` is a code and values; `words` has its words."""

from musegen.remarks.remark import Remark, as_rows, code_of, of_rows, remark

__all__ = ["Remark", "as_rows", "code_of", "of_rows", "remark"]
