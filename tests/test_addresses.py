"""Under which address others open the app, and its QR code."""

import re

import pytest

from musegen.services.serving import addresses


@pytest.fixture
def in_a_network(monkeypatch):
    monkeypatch.setattr(addresses, "network_address", lambda: "192.168.1.20")


@pytest.mark.parametrize(
    ("seen", "listens_on", "public"),
    [
        ("http://127.0.0.1:8501", "", "http://192.168.1.20:8501/"),
        ("http://localhost:8501/music/", "0.0.0.0", "http://192.168.1.20:8501/music/"),
        ("https://[::1]:8501/", "", "https://192.168.1.20:8501/"),
        ("http://192.168.7.7:8501/", "", "http://192.168.7.7:8501/"),
        ("https://music.school.example/app", "", "https://music.school.example/app/"),
        ("http://127.0.0.1:8501", "127.0.0.1", None),
        ("http://127.0.0.1:8501", "localhost", None),
    ],
)
def test_what_others_open(in_a_network, seen, listens_on, public):
    assert addresses.public_root(seen, listens_on) == public


def test_an_address_that_was_told_goes_before_all(monkeypatch):
    monkeypatch.setenv(addresses.ADDRESS_VARIABLE, "https://music.example/x")
    assert addresses.public_root("http://127.0.0.1:8501", "127.0.0.1") == "https://music.example/x/"


def test_a_computer_in_no_network_has_no_address_for_others(monkeypatch):
    monkeypatch.setattr(addresses, "network_address", lambda: None)
    assert addresses.public_root("http://127.0.0.1:8501") is None


def test_the_address_in_the_network_is_none_of_this_computer_alone():
    found = addresses.network_address()
    assert found is None or not addresses.is_of_this_computer(found)
    assert addresses.is_of_this_computer("localhost") and addresses.is_of_this_computer("127.0.0.53")
    assert not addresses.is_of_this_computer("music.example")


def test_a_qr_code_is_a_picture_with_a_quiet_zone():
    svg = addresses.qr_svg("http://192.168.1.20:8501/?table=abc_-9")
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    assert side >= 21 + 2 * 4  # the smallest code, and four modules of white around it
    assert 'fill="#fff"' in svg and "width=" not in svg.split(">")[0]
    assert "\u2580" in addresses.qr_text("http://192.168.1.20:8501/")


def test_a_certificate_is_made_once_and_anew_where_the_network_is_another(tmp_path, monkeypatch):
    from cryptography import x509

    from musegen.services.serving import certificate as made

    monkeypatch.setattr(made, "network_address", lambda: "192.168.1.20")
    file, key = made.certificate(tmp_path / "https")
    first = file.read_bytes()
    found = x509.load_pem_x509_certificate(first)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.168.1.20" in [str(a) for a in names.get_values_for_type(x509.IPAddress)]
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert (found.not_valid_after_utc - found.not_valid_before_utc).days <= made.DAYS
    assert key.stat().st_mode & 0o077 == 0
    assert made.certificate(tmp_path / "https") == (file, key) and file.read_bytes() == first
    monkeypatch.setattr(made, "network_address", lambda: "10.0.0.7")
    made.certificate(tmp_path / "https")
    assert file.read_bytes() != first
    file.write_text("damaged")
    made.certificate(tmp_path / "https")
    assert x509.load_pem_x509_certificate(file.read_bytes())


def test_the_start_says_the_address_of_the_network_alone(in_a_network, capsys):
    from musegen.cli.address import say_address

    say_address("http://127.0.0.1:8501/")
    assert "http://192.168.1.20:8501/" in capsys.readouterr().err
    say_address("http://127.0.0.1:8501/", "127.0.0.1")
    assert capsys.readouterr().err == ""
