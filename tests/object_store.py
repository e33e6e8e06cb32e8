"""An object store for tests: moto's server, on a port of its own, with one bucket."""

import pytest

LEFT_OUT = "moto and s3fs are not installed (requirements-dev.txt), so blobs are tried in a folder alone"


@pytest.fixture(scope="session")
def object_store():
    """Start a server; return its address for `AWS_ENDPOINT_URL` and what asks for a bucket of its own."""
    pytest.importorskip("s3fs", reason=LEFT_OUT)
    moto_server = pytest.importorskip("moto.server", reason=LEFT_OUT)
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


def bucket(request):
    """Make an empty bucket and return its address for fsspec; the keys to it are in the environment."""
    import s3fs

    server = request.getfixturevalue("object_store")
    host, port = server.get_host_and_port()
    monkeypatch = request.getfixturevalue("monkeypatch")
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"b{abs(hash(request.node.name)) % 10**12}"
    files = s3fs.S3FileSystem()
    if not files.exists(name):
        files.mkdir(name)
    return f"s3://{name}/musegen"
