"""Names of the compiler's common errors, as clangd shows and suppresses them, by their messages.

libclang names warnings (by their option) and no errors. So the ones that users meet are known by
what they say, in the words of clang 22; any other has no name. Must not know who asks.
"""

from __future__ import annotations

import functools
import re
from typing import Final

_MESSAGES: Final = """
abstract_type_in_decl: * type '*' is an abstract class
access: '*' is a private member of '*'
access: '*' is a protected member of '*'
access_ctor: calling a private constructor of class '*'
access_ctor: calling a protected constructor of class '*'
allocation_of_abstract_type: allocating an object of abstract class type '*'
ambiguous_derived_to_base_conv: ambiguous conversion from derived class '*' to base class '*'*
ambiguous_member_multiple_subobject_types: member '*' found in multiple base classes of *
ambiguous_reference: reference to '*' is ambiguous
auto_fn_used_before_defined: function '*' with deduced return type cannot be used before *
auto_var_requires_init: declaration of variable '*' with deduced type '*' requires an initializer
bad_cxx_cast_generic: *_cast from '*' to '*' is not allowed
bad_dynamic_cast_not_polymorphic: '*' is not polymorphic
bound_member_function: reference to non-static member function must be called*
break_not_in_loop_or_switch: 'break' statement not in loop or switch statement
case_not_in_switch: 'case' statement not in switch statement
class_marked_final_used_as_base: base '*' is marked '*'
conflicting_types: conflicting types for '*'
constexpr_var_requires_const_init: constexpr variable '*' must be initialized by a constant *
continue_not_in_loop: 'continue' statement not in loop statement
deduced_class_template_ctor_no_viable: no viable constructor or deduction guide for deduction of *
default_init_const: default initialization of an object of const type '*'*
delete_operand: cannot delete expression of type '*'
deleted_function_use: attempt to use a deleted function*
different_return_type_for_overriding_virtual_function: virtual function '*' has a different return *
duplicate_case: duplicate case value*
duplicate_member: duplicate member '*'
excess_initializers: excess elements in * initializer
expected: expected '*'
expected_after: expected '*' after *
expected_catch: expected catch
expected_class_name: expected class name
expected_class_or_namespace: '*' is not a class, namespace, or enumeration
expected_expression: expected expression
expected_fn_body: expected function body after function declarator
expected_lparen_after: expected '(' after '*'
expected_lparen_after_type: expected '(' for function-style cast or type construction
expected_member_name_or_semi: expected member name or ';' after declaration specifiers
expected_namespace_name: expected namespace name
expected_semi_after_expr: expected ';' after expression
expected_semi_decl_list: expected ';' at end of declaration list
expected_semi_declaration: expected ';' at end of declaration
expected_template: expected template
expected_unqualified_id: expected unqualified-id
expected_while: expected 'while' in do/while loop
expr_not_cce: * is not a constant expression
extraneous_closing_brace: extraneous closing brace ('}')
field_designator_unknown: field designator '*' does not refer to any field in type '*'
field_incomplete_or_sizeless: field has incomplete type '*'
final_function_overridden: declaration of '*' overrides a '*' function
for_range_invalid: invalid range expression of type '*'; no viable '*' function available
friend_invalid_in_context: 'friend' used outside of class
in_class_initializer_non_const: non-const static data member must be initialized out of line
incomplete_base_class: base class has incomplete type
incomplete_member_access: member access into incomplete type '*'
init_conversion_failed: cannot initialize * of type '*' with an *value of type '*'*
integer_literal_too_large: integer literal is too large to be represented in any integer type
invalid_decl_spec_combination: cannot combine with previous '*' declaration specifier
invalid_digit: invalid digit '*' in * constant
invalid_member_use_in_method: invalid use of member '*' in static member function
invalid_non_static_member_use: invalid use of non-static data member '*'
invalid_suffix_constant: invalid suffix '*' on * constant
invalid_this_use: invalid use of 'this' outside of a non-static member function
invalid_token_after_toplevel_declarator: expected ';' after top level declarator
lambda_impcap: variable '*' cannot be implicitly captured in a lambda with no capture-default *
lvalue_reference_bind_to_temporary: non-const lvalue reference to type '*' cannot bind to a *
mem_init_not_member_or_class: member initializer '*' does not name a non-static data member or *
mem_init_not_member_or_class_suggest: initializer '*' does not name a non-static data member or *
member_call_without_object: call to non-static member function*without an object argument
member_decl_does_not_match: out-of-line definition of '*' does not match any declaration in *
member_def_does_not_match_ret_type: return type of out-of-line definition of '*' differs from *
member_function_call_bad_cvr: 'this' argument to member function '*' has type '*', but function *
member_redeclared: class member cannot be redeclared
missing_default_ctor: constructor for '*' must explicitly initialize the * which does not have a *
missing_param: expected parameter declarator
missing_type_specifier: a type specifier is required for all declarations
multiple_default_labels_defined: multiple default labels in one switch
nested_name_spec_non_tag: type '*' cannot be used prior to '::' because it has no members
no_member_suggest: no member named '*' in *; did you mean *
no_member: no member named '*' in *
no_member_template: no template named '*' in *
no_template_suggest: no template named '*'; did you mean *
no_template: no template named '*'
override_keyword_hides_virtual_member_function: non-virtual member function marked '*' hides *
override_keyword_only_allowed_on_virtual_member_functions: only virtual member functions can be *
ovl_ambiguous_call: call to '*' is ambiguous
ovl_deleted_call: call to deleted function '*'*
ovl_deleted_init: call to deleted constructor of '*'*
ovl_deleted_special_init: call to implicitly-deleted * constructor of '*'
ovl_diff_return_type: functions that differ only in their return type cannot be overloaded
ovl_no_oper: type '*' does not provide a * operator
ovl_no_viable_conversion_in_cast: no matching conversion for *cast from '*' to '*'
ovl_no_viable_function_in_call: no matching function for call to '*'
ovl_no_viable_function_in_init: no matching constructor for initialization of '*'
ovl_no_viable_oper: no viable overloaded '*'
param_default_argument_missing_name: missing default argument on parameter '*'
param_redefinition: redefinition of parameter '*'
pp_endif_without_if: #endif without #if
pp_err_elif_without_if: #elif without #if
pp_err_else_without_if: #else without #if
pp_expects_filename: expected "FILENAME" or <FILENAME>
pp_file_not_found: '*' file not found
pp_invalid_directive: invalid preprocessing directive*
pp_missing_macro_name: macro name missing
pp_unterminated_conditional: unterminated conditional directive
redefinition_different_type: redefinition of '*' with a different type*
redefinition_different_typedef: * redefinition with different types*
redefinition_of_enumerator: redefinition of enumerator '*'
redefinition: redefinition of '*'
reference_bind_drops_quals: binding reference of type '*' to value of type '*' drops * qualifier*
reference_var_requires_init: declaration of reference variable '*' requires an initializer
sizeof_alignof_incomplete_or_sizeless_type: invalid application of '*' to an incomplete type '*'
static_assert_requirement_failed: static assertion failed due to requirement '*'*
static_assert_failed: static assertion failed*
static_non_static: static declaration of '*' follows non-static declaration
template_arg_list_different_arity: too * template arguments for *
template_arg_must_be_expr: template argument for non-type template parameter must be an expression
template_instantiate_undefined: implicit instantiation of undefined template '*'
template_missing_args: use of * template '*' requires template arguments*
too_few_args_in_macro_invoc: too few arguments provided to function-like macro invocation
too_many_args_in_macro_invoc: too many arguments provided to function-like macro invocation
typecheck_array_not_modifiable_lvalue: array type '*' is not assignable
typecheck_assign_const: cannot assign to *const*
typecheck_bool_condition: value of type '*' is not contextually convertible to 'bool'
typecheck_call_not_function: called object type '*' is not a function or function pointer
typecheck_cond_incompatible_operands: incompatible operand types ('*' and '*')
typecheck_convert_incompatible: initializing '*' with an expression of incompatible type '*'
typecheck_decl_incomplete_type: variable has incomplete type '*'
typecheck_expression_not_modifiable_lvalue: expression is not assignable
typecheck_incomplete_tag: incomplete definition of type '*'
typecheck_indirection_requires_pointer: indirection requires pointer operand ('*' invalid)
typecheck_invalid_lvalue_addrof: cannot take the address of an rvalue of type '*'
typecheck_invalid_operands: invalid operands to binary expression ('*' and '*')
typecheck_member_reference_arrow: member reference type '*' is not a pointer
typecheck_member_reference_struct_union: member reference base type '*' is not a structure or union
typecheck_member_reference_suggestion: member reference type '*' is *; did you mean to use '*'?
typecheck_nonviable_condition: no viable conversion from *'*' to *'*'
typecheck_subscript_value: subscripted value is not an array, pointer, or vector
typecheck_unary_expr: invalid argument type '*' to unary expression
typename_missing: missing 'typename' prior to dependent type name *
typename_nested_not_found: no type named '*' in *
undeclared_label_use: use of undeclared label '*'
undeclared_var_use_suggest: use of undeclared identifier '*'; did you mean '*'?
undeclared_var_use: use of undeclared identifier '*'
uninitialized_member_in_ctor: constructor for '*' must explicitly initialize the * member '*'
unknown_nested_typename_suggest: no type named '*' in *; did you mean *
unknown_type_or_class_name_suggest: unknown class name '*'; did you mean *
unknown_typename_suggest: unknown type name '*'; did you mean *
unknown_typename: unknown type name '*'
unterminated_block_comment: unterminated /* comment
upcast_to_inaccessible_base: cannot cast '*' to its * base class '*'
virtual_non_function: 'virtual' can only appear on non-static member functions
"""
"""A line for each: the name, and the message with stars for what differs. Where two fit a message,
the one that has more letters of its own is right."""


def error_name(message: str) -> str:
    """clangd's name of the error that says ``message``; empty when it is none of those known."""
    found = _pattern().fullmatch(message)
    return _names()[found.lastindex - 1] if found and found.lastindex else ""


@functools.cache
def _known() -> tuple[tuple[str, str], ...]:
    lines = [line.partition(": ") for line in _MESSAGES.strip().splitlines()]
    # Of two that fit, the more special one comes first.
    return tuple(
        sorted(
            ((name, message) for name, _, message in lines),
            key=lambda known: -len(known[1].replace("*", "")),
        )
    )


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(name for name, _ in _known())


@functools.cache
def _pattern() -> re.Pattern[str]:
    """All messages at once, each a group of its own."""
    return re.compile("|".join(f"({_as_regex(message)})" for _, message in _known()), re.DOTALL)


def _as_regex(message: str) -> str:
    """What is in quotes has none itself: so a long type's name is not tried again and again."""
    quoted = re.escape("'*'")
    pattern = re.escape(message).replace(quoted, r"'[^']*'(?: \(aka '[^']*'\))?")
    return pattern.replace(r"\*", ".*")
