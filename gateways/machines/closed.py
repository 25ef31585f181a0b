"""Names that hold secrets wherever they lie: closed, for what is read is told to a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

CLOSED: tuple[str, ...] = (
    # Keys and certificates.
    ".ssh", ".gnupg", "id_*", "*.pem", "*.key", "*.ppk", "*.p12", "*.pfx", "*.jks", "*.keystore",
    "*.age", "*.ovpn", "*.keytab",
    # Logins of programs.
    ".env*", "*.env", ".netrc", "_netrc", ".authinfo*", ".git-credentials", "credentials",
    "credentials.*", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".mylogin.cnf", ".htpasswd",
    ".vault-token", ".cargo/credentials*", ".m2/settings*.xml", ".config/gh", ".config/hub",
    ".config/rclone", ".config/sops", ".config/age", ".smbcredentials*", "shadow", "gshadow",
    # Clouds and clusters.
    ".aws", ".azure", ".kube", ".docker", ".oci", ".terraform.d",
    "gcloud", "rclone.conf", ".pki", ".config/doctl", ".config/hcloud",
    # Passwords, keyrings and wallets.
    ".password-store", "keyrings", "kwalletd", "Keychains", "*.keychain*", "*.kdbx", "*.kdb",
    ".config/Bitwarden*", ".config/1Password", ".config/op", "wallet.dat", ".electrum", ".bitcoin",
    # Browsers, mail and chat: cookies are logins too.
    ".mozilla", ".thunderbird", ".config/google-chrome*", ".config/chromium*",
    ".config/BraveSoftware", ".config/microsoft-edge*", ".config/vivaldi*", ".config/opera*",
    ".config/Signal", "snap/firefox", "snap/chromium", ".var/app/*firefox*", ".var/app/*chrom*",
    "key4.db", "logins.json", "cookies.sqlite", "Login Data*", "Default/Cookies",
    # What was typed into a terminal.
    ".*_history", ".histfile", ".viminfo",
)  # fmt: skip
"""What is closed unless the owner says otherwise: names in which `*` stands for anything; with a
slash, names that follow each other. Case does not matter."""


class Closed:
    """Says whether a name, or one above it, is closed.

    Args:
        patterns: as `CLOSED`.
    """

    def __init__(self, patterns: Iterable[str] = CLOSED) -> None:
        folded = [pattern.casefold().strip("/") for pattern in patterns]
        # Nearly all names are asked about once for each folder of a search: one look in a set
        # and one match decide.
        self._names = frozenset(
            one for one in folded if "/" not in one and not set(one) & set("*?[")
        )
        globs = [one for one in folded if "/" not in one and one not in self._names]
        self._globs = re.compile("|".join(map(translate, globs)) or r"(?!)")
        self._chains = [[re.compile(translate(part)) for part in one.split("/")]
                        for one in folded if "/" in one]  # fmt: skip

    def covers(self, parts: Sequence[str]) -> str | None:
        """Return the first name of a path that is closed; None where none is.

        Args:
            parts: the names below an open folder, from the top.
        """
        folded = [part.casefold() for part in parts]
        for part, name in zip(folded, parts, strict=True):
            if part in self._names or self._globs.match(part):
                return name
        for chain in self._chains:
            for start in range(len(folded) - len(chain) + 1):
                here = folded[start : start + len(chain)]
                if all(one.match(part) for one, part in zip(chain, here, strict=True)):
                    return "/".join(parts[start : start + len(chain)])
        return None
