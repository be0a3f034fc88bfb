"""The API keeps to its own description, whatever is sent: schemathesis makes the requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import securos_trigger.console
from tests.integration.console_site import Site, running_site
from tests.integration.test_service_status import wait_until

pytestmark = pytest.mark.timeout(240)
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
#: One never ends, and the other is slowed down when it is guessed at.
LEFT_OUT = {"/api/stream", "/api/login"}
FEW = settings(
    max_examples=3,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert securos_trigger.console.__doc__
    with running_site(tmp_path_factory.mktemp("site")) as found:
        wait_until(lambda: found.program().get("/api/overview")["counts"]["dead"] == 1)
        yield found


def test_every_answer_is_as_the_description_says(site: Site) -> None:
    document = site.program().get("/api/openapi.json")
    assert document["openapi"].startswith("3.1")
    operations: list[Any] = [found.ok() for found in _found(document)]
    assert len(operations) > 30
    headers = {"Authorization": f"Bearer {site.token}"}
    for operation in operations:
        if operation.path in LEFT_OUT:
            continue

        @FEW
        @given(case=operation.as_strategy())
        def try_it(case: Any) -> None:
            response = case.call(base_url=f"http://127.0.0.1:{site.port}", headers=headers, timeout=60)
            if response.status_code != 503:  # the service may be away; that is an answer
                case.validate_response(response, checks=CHECKS)

        try_it()
    assert site.program().get("/api/overview")["is_running"] is True
    assert "The console has a fault" not in (site.folder / "console.log").read_text()


def _found(document: Any) -> Iterator[Any]:
    yield from schemathesis.openapi.from_dict(document).get_all_operations()
