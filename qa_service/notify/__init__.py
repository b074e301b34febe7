"""What goes out: notices to work chats, to other systems, and by e-mail; each refusal says whether to try again."""

from qa_service.notify.mail import Mailer, MailServer
from qa_service.notify.post import Poster
from qa_service.notify.refusal import Undelivered
from qa_service.notify.url import Hosts, checked_address

__all__ = ["Hosts", "MailServer", "Mailer", "Poster", "Undelivered", "checked_address"]
