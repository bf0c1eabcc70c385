"""The `[amazon.<region>.notifications]` section: the queue on which Amazon tells of changed orders."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from resources.operating_model_parts.types import Env, Matching, Section, Text, Url, refuse


class NotificationSettings(Section):
    """A queue of the brand's own (Amazon SQS, standard) on which Amazon tells of changed orders. Needs `instep[sqs]`.

    A notification is a hint: the order is read again at once, and not only when the schedule comes to it.
    """

    queue_url: Url = Field(
        description="The queue's url, such as https://sqs.eu-west-1.amazonaws.com/123456789012/orders."
    )
    aws_region: Annotated[Text, Matching("an AWS region, such as eu-west-1", r"[a-z]{2}(-[a-z]+)+-\d")] = Field(
        description="AWS region of the queue."
    )
    access_key_id: Env | None = Field(
        default=None,
        description="Variable with the id of a key that may read the queue; without it AWS's own ways are tried: its "
        "variables, its files, the role of the machine.",
    )
    secret_access_key: Env | None = Field(default=None, description="Variable with the key itself.")
    endpoint_url: Url | None = Field(
        default=None,
        description="Where the queue service answers; by default the region's own. Set it for a rehearsal.",
    )

    @model_validator(mode="after")
    def _whole_key(self) -> NotificationSettings:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            refuse("access_key_id and secret_access_key together, or neither")
        return self
