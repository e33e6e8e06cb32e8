"""What is said to the musician of their music, as data: a `Remark` is a code and values; `words` has its words."""

from musegen.remarks.remark import Remark, code_of, remark

__all__ = ["Remark", "code_of", "remark"]
