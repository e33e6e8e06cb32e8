"""Serving many people on one machine: several processes of the app, and HAProxy in front of them."""
