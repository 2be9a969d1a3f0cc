"""Accounts by access key, and a quick no to what moto does not know.

An access key names its account in its last twelve digits, so a test can be in several accounts at once.
moto answers 500 to an action that it lacks, which the SDKs retry for minutes.
"""

from __future__ import annotations

from typing import Any

import moto.iam.models
from moto.core.responses import BaseResponse

from ..control import Refusal
from ..refusal import refuse
from .replace import Method, replaces


@replaces(moto.iam.models, "get_account_id_from")
def get_account_id_from(original: Method, access_key: str) -> str:
    account = access_key[-12:]
    return account if access_key.startswith("EMULATED") and account.isdigit() else str(original(access_key))


@replaces(BaseResponse, "call_action")
def call_action(original: Method, self: BaseResponse) -> Any:
    try:
        return original(self)
    except NotImplementedError as error:
        refusal = Refusal(code="UnsupportedOperation", message=f"The emulator's moto: {error}")
        status, headers, body = refuse(refusal, self.boto3_service_name, self.headers.get("Content-Type", ""))
        return status, dict(headers), body.decode()
