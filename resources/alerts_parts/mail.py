"""E-mail by SMTP. The receiver's address is a secret here too: no error repeats it."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from integration_assets.contracts.errors import ConfigurationError, Rejected, Unavailable
from resources.alerts_parts.letter import Letter

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """How the mail server is reached. `security` is `starttls`, `tls` or `none`."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = ""
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context


class Mail:
    """A mailbox. The same letter sent again has the same Message-ID, so mail programs know it as one."""

    def __init__(self, server: MailServer, address: str) -> None:
        self._server = server
        self._address = address

    def send(self, letter: Letter) -> None:
        """Hand the letter to the server."""
        message = self._message(letter)
        try:
            with self._connected() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            raise ConfigurationError(f"the mail server refuses user or password ({error.smtp_code})") from None
        except smtplib.SMTPRecipientsRefused as error:
            code = next((answer[0] for answer in error.recipients.values()), 0)
            raise _refused(code, "the receiver") from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, "the letter") from None
        except smtplib.SMTPNotSupportedError:
            raise ConfigurationError("the mail server cannot do what [alerts.mail] security or user asks for") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"the mail server does not answer ({type(error).__name__})") from None

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=server.context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            if server.security == "starttls":
                smtp.starttls(context=server.context())
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = letter.title
        message["From"] = self._server.sender
        message["To"] = self._address
        domain = self._server.sender.partition("@")[2]
        message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if letter.severity == "urgent":
            message["Importance"] = "high"
        message.set_content(letter.text())
        return message


def _refused(code: int, what: str) -> Unavailable | Rejected:
    """SMTP's 4xx may pass, its 5xx will not."""
    told = f"the mail server refuses {what} ({code})"
    return Unavailable(told, status=code) if 400 <= code < 500 else Rejected(told, status=code)
