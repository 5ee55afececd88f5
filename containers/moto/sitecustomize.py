"""Makes the queues of moto's server atomic, fast enough for a thousand messages, and forgetful. Python imports this file
at its start, from PYTHONPATH.

moto 5.2 serves each request on a thread of its own, and changes the list of a queue's messages without a lock: it makes a
new list without the deleted message, and forgets what another thread has added meanwhile, or brings back what it has
deleted. SQS does neither.
"""

import time
from functools import wraps

from moto.sns.models import Topic
from moto.sqs import models
from moto.sqs.models import SQSBackend


def locked(method):
    """The lock is the queue's own, which waiting for messages gives up meanwhile."""

    @wraps(method)
    def with_lock(self, queue_name, *args, **kwargs):
        with self.get_queue(queue_name)._messages_lock:
            return method(self, queue_name, *args, **kwargs)

    return with_lock


for name in ("receive_message", "delete_message", "change_message_visibility", "set_queue_attributes"):
    setattr(SQSBackend, name, locked(getattr(SQSBackend, name)))


# moto asks the time of every message of a queue whenever one comes or goes: with its own clock, by way of two calendars,
# a queue of a thousand hands out two messages a second.
def milliseconds():
    return time.time() * 1000


def still_kept(self, queue_name, message):
    """moto counts all messages of the queue, three times, to find out for how long it keeps one."""
    return message.sent_timestamp + self.get_queue(queue_name).message_retention_period * 1000 > milliseconds()


models.unix_time_millis = milliseconds
SQSBackend.is_message_valid_based_on_retention_period = still_kept

# moto remembers all messages ever published, for tests that are written in Python.
Topic.sent_notifications = property(lambda self: [], lambda self, value: None)
