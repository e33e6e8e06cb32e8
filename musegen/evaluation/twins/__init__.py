"""Twins: can what a style composes be told from the music that it learned from?"""
