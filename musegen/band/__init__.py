"""The band: walking bass, comping, drums and groove; knows no request."""
