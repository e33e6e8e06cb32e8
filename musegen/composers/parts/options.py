"""What can be chosen for several parts."""

from dataclasses import dataclass

from musegen.composers.shared_options import instruments_option, memory_option


@dataclass(frozen=True, slots=True)
class PartsOptions:
    """What can be chosen for several parts.

    Args:
        instruments: which of the parts play, by name; () for all of them.
        memory: whether motifs return: the network sees what was played bars ago at this place.
    """

    instruments: tuple[str, ...] = instruments_option()
    memory: bool = memory_option()
