"""An error in the form that each service's clients read."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from .control import Refusal

REST_JSON = ("scheduler",)
"""Services that read JSON although their requests need not say so."""


def refuse(refusal: Refusal, service: str, content_type: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of the answer to a request of this service and content type."""
    if "json" in content_type or service in REST_JSON:
        body = json.dumps({"__type": refusal.code, "message": refusal.message})
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", refusal.code)]
    else:
        error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
        body = f"<Error>{error}</Error>"
        if service == "ec2":
            body = f"<Response><Errors>{body}</Errors></Response>"
        elif service != "s3":
            body = f"<ErrorResponse>{body}</ErrorResponse>"
        headers = [("Content-Type", "text/xml")]
    return refusal.status, headers, body.encode()
