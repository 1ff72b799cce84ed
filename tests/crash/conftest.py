"""Servers of their own for tests that kill them; what other tests use stays alone."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import APP, launch
from core.settings import Settings
from core.tables import load_tables
from core.tenancy.provision import connect_owner, prepare_platform
from core.web.log import configure_logging
from tests.crash.house import ROOT, House
from tests.support.installation import make_cities


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """All cities on servers that write to disk before they answer; no process of ours runs yet."""
    folder = Path(tempfile.mkdtemp(prefix="veche-crash-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with launch(folder, fsync=True, initdb_template=ROOT / "build" / "test-initdb") as bundle:
            settings = Settings(
                database_url=bundle.urls.app,
                owner_database_url=bundle.urls.owner,
                redis_url=bundle.urls.redis,
                secret_key=b"a key that protects nothing but tests",
                tenants=ROOT / "tenants",
                assets=ROOT / "build" / "assets",
                public_scheme="http",
                registry_ttl=0.5,
            )
            configure_logging(settings)
            load_tables()
            with connect_owner(settings.owner_url) as owner:
                prepare_platform(owner, APP)
                owner.execute("INSERT INTO platform.installation (id, kind) VALUES (1, 'test')")
                make_cities(settings, owner)
            made = House(bundle, settings, folder)
            yield made
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
