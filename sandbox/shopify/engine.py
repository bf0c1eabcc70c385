"""One GraphQL call: checked, priced, throttled, executed and answered as Shopify answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
    get_named_type,
    parse,
)

from sandbox.faults import fault_for
from sandbox.shopify.access import COUNTS, denied, granted, need_of
from sandbox.shopify.context import Context, content_faults
from sandbox.shopify.cost import Costs, is_included
from sandbox.shopify.paging import MOST
from sandbox.shopify.problems import internal_error
from sandbox.shopify.schema import schema
from sandbox.shopify.state import state_of
from sandbox.shopify.throttle import QUERY_LIMIT
from sandbox.shopify.validation import (
    operation_of,
    oversized_arrays,
    root_type_of,
    validation_errors,
    variable_errors,
    variables_with_defaults,
)
from sandbox.world import World

RATE_LIMITS = "https://shopify.dev/api/usage/rate-limits"


@dataclass
class Answered:
    """An answer's body, and what the request log is told."""

    body: dict[str, Any]
    operation: str = ""
    outcome: str = "ok"
    cost: int = 0
    effect: str = ""
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def operation_name(text: str, name: str | None, variables: dict[str, Any]) -> str:
    """What the log and the faults call a document; '' where it cannot be read. See `root_field`."""
    try:
        operation = operation_of(parse(text, no_location=True), name)
        return "" if operation is None else root_field(operation, variables)
    except GraphQLError:
        return ""


def root_field(operation: OperationDefinitionNode, variables: dict[str, Any]) -> str:
    """The first root field that is included; a connection goes before a count or a single record beside it."""
    values = variables_with_defaults(operation, variables)
    names = [
        node.name.value
        for node in operation.selection_set.selections
        if isinstance(node, FieldNode) and is_included(node, values)
    ]
    known = root_type_of(schema(), operation).fields
    connections = [
        each for each in names if each in known and get_named_type(known[each].type).name.endswith("Connection")
    ]
    return next(iter(connections + names), "")


def answer(
    world: World,
    *,
    text: str,
    variables: dict[str, Any],
    name: str | None,
    version: str,
    base_url: str,
    request_id: str,
) -> Answered:
    """Run one document. Called with the world's lock held; the world has caught up."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return _refused([dict(error.formatted)])
    made = schema()
    if errors := validation_errors(made, document):
        return _refused(errors)
    operation = operation_of(document, name)
    if operation is None:
        return _refused([{"message": f"No operation named {name!r}" if name else "An operation name is required"}])
    if made.get_root_type(operation.operation) is None:
        return _refused([{"message": f"Schema is not configured for {operation.operation.value}s"}])
    call = _Call(world, document, operation, variables, version=version, base_url=base_url, request_id=request_id)
    return call.answered()


def _refused(errors: list[dict[str, Any]], operation: str = "") -> Answered:
    return Answered({"errors": errors}, operation, "invalid")


class _Call:
    """A valid document on its way through the rules."""

    def __init__(
        self,
        world: World,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        *,
        version: str,
        base_url: str,
        request_id: str,
    ) -> None:
        self._world = world
        self._document = document
        self._operation = operation
        self._variables = variables
        self._request_id = request_id
        self._state = state_of(world)
        self._name = root_field(operation, variables)
        self._context = Context(
            world=world,
            state=self._state,
            scopes=frozenset(world.shop.scopes),
            base_url=base_url,
            version=version,
            operation=self._name,
            variables=variables_with_defaults(operation, variables),
        )

    def answered(self) -> Answered:
        made, given = schema(), self._variables
        if errors := variable_errors(made, self._operation, given):
            return _refused(errors, self._name)
        values = self._context.variables
        if errors := oversized_arrays(self._operation, values, MOST):
            return _refused(errors, self._name)
        costs = Costs(made, self._document, self._operation, values)
        requested = costs.requested()
        if requested > QUERY_LIMIT:
            return self._too_expensive(requested)
        if self._throttled_by_fault() or not self._state.bucket.affords(requested, self._world.now()):
            return self._throttled(requested)
        if self._hit_by("internal_error_before"):
            return self._broken(requested)
        self._context.faults = content_faults(self._world, self._name)
        data, errors = self._executed()
        actual = costs.actual(data)
        self._state.bucket.charge(actual)
        if self._hit_by("internal_error_after"):
            return self._broken(requested)
        return self._told(data, errors, requested, actual)

    def _executed(self) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """Data and errors. Root fields that the scopes do not reach are null beside the others, as Shopify has it."""
        document, refused = self._without_denied()
        data: dict[str, Any] | None = {}
        errors: list[dict[str, Any]] = []
        if document is not None:
            result = execute(
                schema(),
                document,
                context_value=self._context,
                variable_values=self._variables,
                operation_name=self._operation.name.value if self._operation.name else None,
            )
            data = result.data  # type: ignore[union-attr] # no resolver is asynchronous
            for error in result.errors or ():  # type: ignore[union-attr] # no resolver is asynchronous
                if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
                    raise error.original_error
                errors.append(dict(error.formatted))
        if data is not None:
            data = {**data, **dict.fromkeys(refused)}
        return data, [*refused.values(), *errors]

    def _without_denied(self) -> tuple[DocumentNode | None, dict[str, dict[str, Any]]]:
        root = root_type_of(schema(), self._operation)
        refused: dict[str, dict[str, Any]] = {}
        kept = []
        for node in self._operation.selection_set.selections:
            if isinstance(node, FieldNode) and node.name.value in root.fields:
                name = node.name.value
                known = root.fields[name]
                need = COUNTS.get(name) or need_of(get_named_type(known.type).name)
                if need is not None and not granted(need, self._context.scopes):
                    key = node.alias.value if node.alias else name
                    error = denied(name, need)
                    refused[key] = dict(
                        GraphQLError(error.message, node, path=[key], extensions=error.extensions).formatted
                    )
                    continue
            kept.append(node)
        if not refused:
            return self._document, {}
        if not kept:
            return None, refused
        operation = OperationDefinitionNode(
            operation=self._operation.operation,
            name=self._operation.name,
            variable_definitions=self._operation.variable_definitions,
            directives=self._operation.directives,
            selection_set=SelectionSetNode(selections=tuple(kept)),
        )
        definitions = tuple(operation if each is self._operation else each for each in self._document.definitions)
        return DocumentNode(definitions=definitions), refused

    def _told(self, data: dict[str, Any] | None, errors: list[dict[str, Any]], requested: int, actual: int) -> Answered:
        body: dict[str, Any] = {"data": data}
        if errors:
            body["errors"] = errors
        extensions: dict[str, Any] = {"cost": self._cost(requested, actual)}
        if self._context.search:
            extensions["search"] = self._context.search
        body["extensions"] = extensions
        refused = bool(errors) or any(
            isinstance(payload, dict) and any(payload.get(name) for name in ("userErrors", "orderCancelUserErrors"))
            for payload in (data or {}).values()
        )
        return Answered(
            body,
            self._name,
            "invalid" if refused else "ok",
            actual,
            "; ".join(self._context.effects),
            ", ".join(self._context.subjects[:20]),
            {"mutation": True} if self._operation.operation is OperationType.MUTATION else {},
        )

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": self._state.bucket.status(),
        }

    def _too_expensive(self, requested: int) -> Answered:
        message = f"Query cost is {requested}, which exceeds the single query max cost limit ({QUERY_LIMIT})."
        extensions = {
            "code": "MAX_COST_EXCEEDED",
            "cost": requested,
            "maxCost": QUERY_LIMIT,
            "documentation": RATE_LIMITS,
        }
        return _refused([{"message": message, "extensions": extensions}], self._name)

    def _throttled_by_fault(self) -> bool:
        fault = fault_for(self._world, self._name, among={"throttle"}) if self._world.faults else None
        if fault is not None:
            self._state.bucket.restore(self._world.now())
            self._state.bucket.available = min(self._state.bucket.available, float(fault.params.get("available", 0)))
        return fault is not None

    def _throttled(self, requested: int) -> Answered:
        body = {
            "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": RATE_LIMITS}}],
            "extensions": {"cost": self._cost(requested, None)},
        }
        return Answered(body, self._name, "throttled", requested)

    def _hit_by(self, kind: str) -> bool:
        return bool(self._world.faults) and fault_for(self._world, self._name, among={kind}) is not None

    def _broken(self, requested: int) -> Answered:
        effect = "; ".join(self._context.effects)
        subject = ", ".join(self._context.subjects[:20])
        return Answered(internal_error(self._request_id), self._name, "failed", requested, effect, subject)
