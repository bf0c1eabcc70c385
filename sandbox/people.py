"""Made-up buyers. Every field holds a canary that a reader of the sandbox must never write down.

Search whatever was stored for CANARIES, letter case aside, to prove it.
"""

from __future__ import annotations

from dataclasses import dataclass

CANARIES = ("quagmarrow", "0163296")
"""Every name, street and e-mail address holds the first, every phone number the second."""


@dataclass(frozen=True)
class Person:
    """Somebody who buys, told apart by a number."""

    number: int

    @property
    def name(self) -> str:
        """First and last name."""
        return f"Robin Quagmarrow-{self.number}"

    @property
    def email(self) -> str:
        """An address in a domain that cannot exist."""
        return f"quagmarrow-{self.number}@buyers.invalid"

    @property
    def phone(self) -> str:
        """A number out of the range kept for fiction."""
        return f"0163296{self.number % 10_000:04d}"

    @property
    def street(self) -> str:
        """House number and street."""
        return f"{self.number % 200 + 1} Quagmarrow Lane"

    def amazon_buyer(self) -> dict[str, str]:
        """As Orders 2026-01-01 has a buyer."""
        return {"buyerName": self.name, "buyerEmail": self.email}

    def amazon_address(self, country: str) -> dict[str, str]:
        """As Orders 2026-01-01 has an address."""
        return {
            "name": self.name,
            "addressLine1": self.street,
            "city": "Quagmarrow",
            "postalCode": f"QM{self.number % 90 + 10} 1AA",
            "countryCode": country,
            "phone": self.phone,
        }

    def shop_customer(self) -> dict[str, str]:
        """As the shop knows a customer."""
        return {"firstName": "Robin", "lastName": self.name.split()[1], "email": self.email, "phone": self.phone}

    def shop_address(self) -> dict[str, str]:
        """As the shop knows an address."""
        return {
            "name": self.name,
            "address1": self.street,
            "city": "Quagmarrow",
            "zip": f"QM{self.number % 90 + 10} 1AA",
            "countryCodeV2": "GB",
            "phone": self.phone,
        }
