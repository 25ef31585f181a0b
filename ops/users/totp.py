"""Codes of an authenticator app (RFC 6238), each good for one sign-in."""

from __future__ import annotations

import hmac
import io
import time

import pyotp

STEP = 30
"""Seconds for which an app shows one code."""
BESIDE = 1
"""Steps by which the app's clock may differ."""
ISSUER = "LivOS"
FIGURES = 6


def new_secret() -> str:
    """Return a fresh secret of 160 bits, as apps read it."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """Return the address that an app takes the secret from."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def picture(address: str) -> str:
    """Return an address as a QR code, an SVG document without script or style."""
    # For the one time somebody scans it; and it has no types.
    import qrcode  # type: ignore[import-untyped]  # noqa: PLC0415
    from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]  # noqa: PLC0415

    out = io.BytesIO()
    qrcode.make(address, image_factory=SvgPathImage, box_size=12).save(out)
    return out.getvalue().decode()


def step_of(secret: str, code: str, after: int, now: float | None = None) -> int | None:
    """Return the step that a code belongs to, if it fits and was not used.

    Args:
        secret: of the app.
        code: six figures, perhaps with spaces.
        after: the last step whose code was used; only later ones count.
        now: seconds since 1970; the clock's unless given.
    """
    figures = "".join(code.split())
    app = pyotp.TOTP(secret)
    current = int((time.time() if now is None else now) // STEP)
    found: int | None = None
    for step in range(current - BESIDE, current + BESIDE + 1):
        expected = app.generate_otp(step)
        if hmac.compare_digest(expected.encode(), figures.encode()) and step > after:
            found = step
    return found
