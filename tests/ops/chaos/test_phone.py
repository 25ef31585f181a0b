"""The app of a run of chaos: no code is shown twice, and the server takes each of them."""

from __future__ import annotations

from ops.chaos.phone import STEP, Phone
from ops.users import totp


def test_each_code_counts_until_there_is_none_left() -> None:
    now = 1_000_000 * STEP + 7.0
    secret, used = totp.new_secret(), 1_000_000
    ours = Phone(secret, ("spare-1", "spare-2"), used, lambda: now)
    code = ours.code()
    assert code is not None
    used = totp.step_of(secret, code, used, now) or 0
    assert used == 1_000_001
    assert [ours.code() for _ in range(3)] == ["spare-2", "spare-1", None]
    now += STEP
    code = ours.code()
    assert code is not None
    assert totp.step_of(secret, code, used, now) == 1_000_002
    assert ours.code() is None
    now += 100 * STEP
    for _ in range(3):
        code = ours.code()
        assert code is not None
        used = totp.step_of(secret, code, used, now) or 0
        assert used, "the server takes it"
    assert ours.code() is None
