"""Contacts under lock: a keyed hash to link by, and the value encrypted for those who may read it."""

import base64
import hashlib
import hmac
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from pipeline.contact_identity import Identity
from pipeline.errors import StoreError
from pipeline.secret_key import read_secret_key

__all__ = ["KEY_FILE", "ContactVault"]

KEY_FILE = "contacts.key"
"""Beside the database. Without it links stay and values are lost: back it up, and elsewhere than the data."""


class ContactVault:
    """What turns contacts into what may be stored, and back."""

    def __init__(self, key: bytes) -> None:
        self._for_hashes = _derived(key, b"lurewatch contact hash")
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(key, b"lurewatch contact value")))

    @classmethod
    def open(cls, folder: Path) -> "ContactVault":
        """The vault whose key lies in this folder; a key is made where there is none."""
        return cls(read_secret_key(folder / KEY_FILE))

    def hash_of(self, contact: Identity) -> str:
        """32 hex digits, equal for equal contacts; without the key nobody can try numbers out."""
        said = f"{contact.kind}\x1f{contact.value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._for_hashes, said, hashlib.sha256).hexdigest()[:32]

    def seal(self, contact: Identity) -> bytes:
        """The value, encrypted."""
        return self._fernet.encrypt(contact.value.encode("utf-8", "surrogatepass"))

    def read(self, sealed: bytes) -> str:
        """The value again. Raises ``StoreError`` where it was sealed with another key, or changed since."""
        try:
            return self._fernet.decrypt(sealed).decode("utf-8", "surrogatepass")
        except InvalidToken as err:
            raise StoreError(
                f"a contact cannot be read with this {KEY_FILE}; expected the key that it was stored with"
            ) from err


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()
