"""What is loaded at start: our own code, and no vendor's until it is used.

All the vendors' libraries together cost seconds and hundreds of megabytes; a server that uses one
of them should not pay for the others.
"""

import json
import subprocess
import sys

from tests.house.tree import contract, sources

LIST_LOADED = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_after(modules: list[str]) -> set[str]:
    """Names of all that is loaded once the modules are, in an interpreter of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", LIST_LOADED, json.dumps(modules)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout))


def vendors() -> set[str]:
    """Whose libraries only gateways import; `google` alone is a folder that many share."""
    named = set(contract("Vendors only in gateways")["forbidden_modules"])
    return named - {"google"} | {"google.genai"}


def test_no_vendor_is_loaded_before_it_is_used() -> None:
    modules = [
        ".".join(name.with_suffix("").parts).removesuffix(".__init__")
        for name in sources()
        if name.stem != "__main__"
    ]
    assert not loaded_after(modules) & vendors()


def test_a_loaded_vendor_is_seen() -> None:
    assert "docker" in loaded_after(["docker"]) & vendors()
