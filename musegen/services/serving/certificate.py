"""A certificate made on the spot, so that telephones in the network may use microphone and MIDI: certificate.

Browsers give these to pages of https alone. Nobody vouches for this certificate, so that each device asks once whether
to go on; installing the app on a device needs one that somebody vouches for.
"""

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from musegen.services.serving.addresses import network_address

DAYS = 397
"""As long as browsers accept a certificate at most."""

_SPARE = timedelta(days=30)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate for this computer and of its key, made where there is none that holds.

    One holds while it lasts another month and names the address that this computer has in its network now.

    Args:
        folder: where they lie; made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    names = _names()
    if not (key_file.exists() and file.exists() and _holds(file, names)):
        key = ec.generate_private_key(ec.SECP256R1())
        key_file.touch(0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        file.write_bytes(_signed(key, names).public_bytes(serialization.Encoding.PEM))
    return file, key_file


def _names() -> list[x509.GeneralName]:
    """Return what this computer is called in its network."""
    host = socket.gethostname()
    words = dict.fromkeys(["localhost", host, f"{host.split('.')[0]}.local"])
    numbers = dict.fromkeys(filter(None, ["127.0.0.1", network_address()]))
    return [*map(x509.DNSName, words), *(x509.IPAddress(ipaddress.ip_address(number)) for number in numbers)]


def _holds(file: Path, names: list[x509.GeneralName]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        known = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return set(names) <= set(known) and found.not_valid_after_utc > datetime.now(UTC) + _SPARE


def _signed(key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]) -> x509.Certificate:
    """Return a certificate that is signed with its own key."""
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Musegen on this computer")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS - 1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
