"""The key that those who talk to a cluster of ours must have."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import CertificateBuilder, DNSName, Name, NameAttribute, SubjectAlternativeName
from cryptography.x509 import random_serial_number as serial_number
from cryptography.x509.oid import NameOID
from distributed import Security

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The last moment is the one for certificates that do not end (RFC 5280, section 4.1.2.5)."""

NAME = "nasgauge"


def own_security() -> Security:
    """A new key for all of a cluster; its certificate holds whatever the clocks of the machines say.

    That of `Security.temporary` begins when it is made: a machine whose clock is behind refuses it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = Name([NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=serial_number(),
        not_valid_before=ALWAYS[0],
        not_valid_after=ALWAYS[1],
    )
    signed = made.add_extension(SubjectAlternativeName([DNSName(NAME)]), critical=False).sign(key, hashes.SHA256())
    certificate = signed.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    parties = ("client", "scheduler", "worker")
    keys = {f"tls_{party}_key": private for party in parties}
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        **keys,
        **{f"tls_{party}_cert": certificate for party in parties},
    )
