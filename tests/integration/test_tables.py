"""The tables, columns and indexes that the migrations make are those of the committed list."""

import pytest

from deploy.operate.services import SERVICES
from tests import names
from tests.stack import TestStack

ANEW = f"{names.ANEW} tables"
BREAKS = "the version of the service that runs beside the new one, and what operators ask the database"


@pytest.mark.parametrize("service", SERVICES)
def test_tables_columns_and_indexes_keep_their_names(stack: TestStack, service: str) -> None:
    now = names.tables(stack, service)
    different = names.differences(names.committed(names.TABLES)[service], now, BREAKS, ANEW)
    if different:
        pytest.fail("\n".join([f"{service}:", *different]), pytrace=False)
