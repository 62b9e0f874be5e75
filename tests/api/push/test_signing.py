"""Signatures as the specification has them, and as its own library checks them."""

import json
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.push import signing

BODY = b'{"test": 2432232314}'


def test_the_vector_of_the_specification() -> None:
    found = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=BODY,
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specifications_library_takes_either_secret_while_both_are_used() -> None:
    new, old, other = (signing.new_secret() for _ in range(3))
    headers = signing.headers([new, old], id="one", timestamp=int(time.time()), body=BODY)
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    for secret, body in ((other, BODY), (new, BODY + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


def test_secrets_are_as_the_specification_has_them() -> None:
    made = {signing.new_secret() for _ in range(9)}
    assert len(made) == 9
    assert {len(signing.key_of(secret)) for secret in made} == {32}


@pytest.mark.parametrize("given", ["", "whsec_", "whsec_YWJj", "whsec_!!", "YWJj" * 8])
def test_what_is_no_secret_is_not_quoted(given: str) -> None:
    with pytest.raises(ValueError, match="not a secret") as raised:
        signing.key_of(given)
    assert given in {"", "whsec_"} or given not in str(raised.value)
