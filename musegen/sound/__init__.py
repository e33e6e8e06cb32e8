"""Sound as numbers: spectra, phases, what a network of sound imagines, and real grains; numpy, no other library's net.

Sound does not go through the composers' door, which is about notes: here a spectrogram goes in and samples come out.
"""
