"""Documents and variables checked, and what is wrong said in Shopify's shapes: never with a `data` key."""

from __future__ import annotations

import re
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    ValidationRule,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    specified_rules,
    type_from_ast,
    validate,
    value_from_ast_untyped,
)
from graphql.validation import FieldsOnCorrectTypeRule, KnownArgumentNamesRule, ProvidedRequiredArgumentsRule

_GID = re.compile(r"gid://shopify/\w+/\S+")
_INT = range(-(2**31), 2**31)


def _response_path(ancestors: Any, node: FieldNode | None = None) -> list[str]:
    """The way to a field as Shopify tells it: operation, then response keys."""
    path: list[str] = []
    for each in [*ancestors, node]:
        if isinstance(each, OperationDefinitionNode):
            path.append(f"{each.operation.value} {each.name.value}" if each.name else each.operation.value)
        elif isinstance(each, FragmentDefinitionNode):
            path.append(f"fragment {each.name.value}")
        elif isinstance(each, FieldNode):
            path.append(each.alias.value if each.alias else each.name.value)
    return path


class UndefinedField(ValidationRule):
    """A field the type does not have."""

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        """Report a field that is not defined."""
        kind = self.context.get_parent_type()
        if kind is not None and self.context.get_field_def() is None:
            name = node.name.value
            extensions = {"code": "undefinedField", "typeName": kind.name, "fieldName": name}
            message = f"Field '{name}' doesn't exist on type '{kind.name}'"
            self.report_error(GraphQLError(message, node, path=_response_path(ancestors, node), extensions=extensions))


class ArgumentNotAccepted(ValidationRule):
    """An argument the field or directive does not take."""

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        """Report arguments that are not defined, and ids in the text that are no ids."""
        known = self.context.get_field_def()
        if known is None:
            return
        for argument in node.arguments or ():
            name = argument.name.value
            path = [*_response_path(ancestors, node), name]
            if name not in known.args:
                extensions = {
                    "code": "argumentNotAccepted",
                    "name": node.name.value,
                    "typeName": "Field",
                    "argumentName": name,
                }
                message = f"Field '{node.name.value}' doesn't accept argument '{name}'"
                self.report_error(GraphQLError(message, argument, path=path, extensions=extensions))
            elif isinstance(argument.value, StringValueNode) and get_named_type(known.args[name].type).name == "ID":
                value = argument.value.value
                if not _GID.fullmatch(value):
                    extensions = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
                    message = f"Invalid global id '{value}'"
                    self.report_error(GraphQLError(message, argument, path=path, extensions=extensions))


class MissingRequiredArguments(ValidationRule):
    """A required argument that was not given."""

    def leave_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        """Report required arguments that are missing."""
        known = self.context.get_field_def()
        if known is None:
            return
        given = {argument.name.value for argument in node.arguments or ()}
        missing = [
            name for name, argument in known.args.items() if is_required_argument(argument) and name not in given
        ]
        if missing:
            name, arguments = node.name.value, ", ".join(missing)
            extensions = {
                "code": "missingRequiredArguments",
                "className": "Field",
                "name": name,
                "arguments": arguments,
            }
            message = f"Field '{name}' is missing required arguments: {arguments}"
            self.report_error(GraphQLError(message, node, path=_response_path(ancestors, node), extensions=extensions))


_REPLACED = (FieldsOnCorrectTypeRule, KnownArgumentNamesRule, ProvidedRequiredArgumentsRule)
RULES = [
    *(rule for rule in specified_rules if rule not in _REPLACED),
    UndefinedField,
    ArgumentNotAccepted,
    MissingRequiredArguments,
]


def validation_errors(schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """What is wrong with a document, as entries of `errors`; empty when nothing is."""
    return [dict(error.formatted) for error in validate(schema, document, RULES)]


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: dict[str, Any]
) -> list[dict[str, Any]]:
    """INVALID_VARIABLE entries of `errors`, one a variable, in Shopify's words."""
    errors = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind = type_from_ast(schema, definition.type)
        if kind is None or (name not in given and definition.default_value is not None):
            continue
        if name not in given and not isinstance(kind, GraphQLNonNull):
            continue
        value = given.get(name)
        problems = _problems(value, kind, [])  # type: ignore[arg-type] # validation has seen that it is an input type
        if not problems:
            continue
        where = ", ".join(
            f"{'.'.join(map(str, each['path']))} ({each['explanation']})" for each in problems if each["path"]
        )
        message = f"Variable ${name} of type {kind} was provided invalid value" + (f" for {where}" if where else "")
        location = definition.loc.start_token if definition.loc else None
        errors.append(
            {
                "message": message,
                "locations": [{"line": location.line, "column": location.column}] if location else [],
                "extensions": {"value": value, "problems": problems, "code": "INVALID_VARIABLE"},
            }
        )
    return errors


def variables_with_defaults(operation: OperationDefinitionNode, given: dict[str, Any]) -> dict[str, Any]:
    """The values as sent, and the defaults of those that were not."""
    values = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    return values | given


def _problems(value: Any, kind: GraphQLInputType, path: list[str | int]) -> list[dict[str, Any]]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            return [_problem(path, "Expected value to not be null")]
        return _problems(value, kind.of_type, path)
    if value is None:
        return []
    if isinstance(kind, GraphQLList):
        if not isinstance(value, list):
            return _problems(value, kind.of_type, path)
        return [each for at, item in enumerate(value) for each in _problems(item, kind.of_type, [*path, at])]
    if isinstance(kind, GraphQLInputObjectType):
        return _object_problems(value, kind, path)
    if isinstance(kind, GraphQLEnumType):
        if value in kind.values:
            return []
        return [_problem(path, f'Expected "{value}" to be one of: {", ".join(kind.values)}')]
    return _scalar_problems(value, get_named_type(kind).name, path)


def _object_problems(value: Any, kind: GraphQLInputObjectType, path: list[str | int]) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        return [_problem(path, f"Expected {value!r} to be a key-value object.")]
    problems = [
        _problem([*path, name], f"Field is not defined on {kind.name}") for name in value if name not in kind.fields
    ]
    for name, known in kind.fields.items():
        if name in value:
            problems.extend(_problems(value[name], known.type, [*path, name]))
        elif is_required_input_field(known):
            problems.append(_problem([*path, name], "Expected value to not be null"))
    return problems


def _scalar_problems(value: Any, name: str, path: list[str | int]) -> list[dict[str, Any]]:
    if name == "ID":
        text = str(value)
        return [] if _GID.fullmatch(text) else [_problem(path, f"Invalid global id '{text}'")]
    fits = {
        "Int": isinstance(value, int) and not isinstance(value, bool) and value in _INT,
        "Float": isinstance(value, int | float) and not isinstance(value, bool),
        "Boolean": isinstance(value, bool),
    }.get(name, isinstance(value, str))
    return [] if fits else [_problem(path, f"Could not coerce value {value!r} to {name}")]


def _problem(path: list[str | int], explanation: str) -> dict[str, Any]:
    return {"path": path, "explanation": explanation}


def oversized_arrays(operation: OperationDefinitionNode, variables: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """MAX_INPUT_SIZE_EXCEEDED entries for every array argument longer than `most`."""
    errors = []
    for node in operation.selection_set.selections:
        if isinstance(node, FieldNode):
            key = node.alias.value if node.alias else node.name.value
            for argument in node.arguments or ():
                value = value_from_ast_untyped(argument.value, variables)
                errors.extend(_oversized(value, [key, argument.name.value], most))
    return errors


def _oversized(value: Any, path: list[str | int], most: int) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [error for name, each in value.items() for error in _oversized(each, [*path, name], most)]
    if not isinstance(value, list):
        return []
    if len(value) > most:
        message = f"The input array size of {len(value)} is greater than the maximum allowed of {most}."
        return [{"message": message, "path": path, "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"}}]
    return [error for at, each in enumerate(value) for error in _oversized(each, [*path, at], most)]


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation to run: the named one, or the only one."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name:
        return next((each for each in operations if each.name and each.name.value == name), None)
    return operations[0] if len(operations) == 1 else None


def root_type_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> GraphQLObjectType:
    """QueryRoot or Mutation."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        raise GraphQLError(f"The schema has no {operation.operation.value}.")
    return root
