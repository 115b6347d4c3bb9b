"""Values as Parquet files, as far as Arrow has them."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_of(value: Any, metadata: dict[bytes, bytes] | None = None) -> bytes:
    """Columns by name; `ValueError` for what is no table."""
    try:
        table = pa.table(value).replace_schema_metadata(metadata)
        buffer = pa.BufferOutputStream()
        pq.write_table(table, buffer, compression="none")
    except (pa.ArrowException, AttributeError, UnicodeEncodeError) as error:
        raise ValueError("no table") from error
    content: bytes = buffer.getvalue().to_pybytes()
    return content
