"""What schemathesis does not know by itself: how a body of lines is written."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    events = value if isinstance(value, list) else [value]
    written = (event if isinstance(event, str) else json.dumps(event) for event in events)
    return "\n".join(written).encode("utf-8", "surrogatepass")
