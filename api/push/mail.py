"""Mail through a mail server (SMTP): one message to all its recipients, by the standard library."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Self

from api.settings import Settings

SECONDS = 30.0
"""That a mail server may take for each of its answers."""


class MailFailed(Exception):
    """A mail server did not take a message.

    Attributes:
        error: why, one of `api.store.push_tables.MAIL_ERRORS`.
        lasting: whether the same again would be refused again.
    """

    def __init__(self, error: str, *, lasting: bool = False) -> None:
        self.error = error
        self.lasting = lasting
        super().__init__(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message.

    Attributes:
        id: of it for good, without brackets: who gets it twice shows it once.
        subject: of it.
        recipients: addresses.
        at: when it was written.
        text: for who reads no HTML.
        html: the same.
    """

    id: str
    subject: str
    recipients: Sequence[str]
    at: datetime
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The mail server that the settings name.

    Attributes:
        settings: host, port, how it is encrypted, and as whom.
    """

    settings: Settings

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The one that is set."""
        return cls(settings=settings)

    @property
    def sender(self) -> str:
        """The address that mail comes from."""
        return self.settings.smtp_from or ""

    def send(self, letter: Letter) -> int:
        """Hands a message over; how many of its recipients the server would not take.

        Raises:
            MailFailed: it took none of them.
        """
        if self.settings.smtp_host is None:
            raise MailFailed("smtp_unset")
        message = self._written(letter)
        try:
            with self._open() as server:
                refused = server.send_message(message, self.sender, list(letter.recipients))
        except smtplib.SMTPAuthenticationError:
            raise MailFailed("login") from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise MailFailed("refused", lasting=all(code >= 500 for code in codes)) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise MailFailed("refused", lasting=int(error.smtp_code) >= 500) from None
        except TimeoutError:
            raise MailFailed("timeout") from None
        except smtplib.SMTPException:
            raise MailFailed("protocol") from None
        except OSError:
            raise MailFailed("connect") from None
        return len(refused)

    def _open(self) -> smtplib.SMTP:
        settings, host = self.settings, self.settings.smtp_host or ""
        tls = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.smtp_tls == "tls":
            server = smtplib.SMTP_SSL(host, settings.smtp_port, timeout=SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, settings.smtp_port, timeout=SECONDS)
        try:
            if settings.smtp_tls == "starttls":
                server.starttls(context=tls)
            if settings.smtp_user is not None and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = " ".join(letter.subject.split())
        message["From"] = self.sender
        message["To"] = ", ".join(letter.recipients)
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message
