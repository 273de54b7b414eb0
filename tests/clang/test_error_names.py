"""The compiler's errors have the names that clangd knows them by."""

from __future__ import annotations

from typing import Final

from cppls.core.error_names import error_name
from cppls.core.model import Severity
from tests.clang.live import Lives, live

__all__ = ["live"]

_ERRORS: Final = r"""
abstract_type_in_decl: struct S{ virtual void f()=0; }; S s;
access: class S{ int x; public: }; void f(S s){ s.x=1; }
access_ctor: class S{ S(); }; S s;
allocation_of_abstract_type: struct S{ virtual void f()=0; }; void g() { new S; }
ambiguous_derived_to_base_conv: struct A{}; struct B:A{}; struct C:A{}; struct D:B,C{}; A*f(D*d){ return d; }
ambiguous_member_multiple_subobject_types: struct A{int x;}; struct B{int x;}; struct C:A,B{}; int f(C c){ return c.x; }
ambiguous_reference: namespace a{int x;} namespace b{int x;} using namespace a; using namespace b; int y=x;
auto_fn_used_before_defined: auto f(); void g() { f(); }
auto_var_requires_init: void f() { auto x; }
bad_cxx_cast_generic: void f() { static_cast<int>("x"); }
bad_dynamic_cast_not_polymorphic: struct A{}; struct B{}; void f(A*a){ dynamic_cast<B*>(a); }
bound_member_function: struct S { int f(); }; void g(S s){ s.f; }
break_not_in_loop_or_switch: void f() { break; }
case_not_in_switch: void f() { case 1: ; }
class_marked_final_used_as_base: struct B final{}; struct D:B{};
conflicting_types C: int f(int); int f(void);
constexpr_var_requires_const_init: int n; constexpr int m=n;
continue_not_in_loop: void f() { continue; }
deduced_class_template_ctor_no_viable: template<class T> struct S{}; S s2;
default_init_const: const int c;
delete_operand: void f() { delete 1; }
deleted_function_use: struct S { ~S() = delete; }; S s;
different_return_type_for_overriding_virtual_function: struct S{ virtual int f(); }; struct D:S{ float f(); };
duplicate_case: void f(int x){ switch(x){ case 1: case 1: ; } }
duplicate_member: struct S{ int a; int a; };
excess_initializers: int x={1,2};
expected: void f() {
expected_after: struct S { int x; }
expected_catch: void f() { try {} }
expected_class_name: struct D: Unknown{};
expected_class_or_namespace: using T=int; void f() { T::x; }
expected_expression: int x = ;
expected_fn_body: void f(int)
expected_lparen_after: asm;
expected_lparen_after_type: void f(...,int);
expected_member_name_or_semi: struct S { int x, };
expected_namespace_name: using namespace nope;
expected_semi_after_expr: void f() { g( }
expected_semi_decl_list: struct { int x } s;
expected_semi_declaration: int f()\n{ int x = 1 return x; }
expected_template: export module x;
expected_unqualified_id: @
expected_while: void f() { do {} }
expr_not_cce: int n; void f(int x){ switch(x){ case n: ; } }
extraneous_closing_brace: int f(int x) { return x; }}
field_designator_unknown C: struct S{int a;}; struct S s = {.b=1};
field_incomplete_or_sizeless: struct S{ S s; };
final_function_overridden: struct B{ virtual void f() final; }; struct D:B{ void f(); };
for_range_invalid: void f() { for(auto x: 1); }
friend_invalid_in_context: friend void f();
in_class_initializer_non_const: struct S { static int x = 1; };
incomplete_base_class: struct D:D{};
incomplete_member_access: struct S; void f(S*s){ s->m(); }
init_conversion_failed: int x = "a";
integer_literal_too_large: void f() { long x = 99999999999999999999999; }
invalid_decl_spec_combination: int int x;
invalid_digit: int a = 08;
invalid_member_use_in_method: struct S{ int x; static void f() { x=1; } };
invalid_non_static_member_use: struct S{ int x; }; int y=S::x;
invalid_suffix_constant: int x = 5z5;
invalid_this_use: void f() { this; }
invalid_token_after_toplevel_declarator: int x = 1';
lambda_impcap: void f() { int x; [](){ return x; }; }
lvalue_reference_bind_to_temporary: void f() { int &r=1; }
mem_init_not_member_or_class: struct S{ S(): y(1){} };
mem_init_not_member_or_class_suggest: struct S{ int member; S(): membr(1){} };
member_call_without_object: struct S{ void m(); }; void f() { S::m(); }
member_decl_does_not_match: struct S{}; void S::f(){}
member_def_does_not_match_ret_type: struct S{ int f(); }; void S::f(){}
member_function_call_bad_cvr: struct S{ void m(); }; void f(const S&s){ s.m(); }
member_redeclared: struct S{ void f(); void f(); };
missing_default_ctor: struct B{ B(int); }; struct D:B{ D(){} };
missing_param: void f(int x, ){}
missing_type_specifier: M(
multiple_default_labels_defined: void f() { switch(1){ default: default: ; } }
nested_name_spec_non_tag: template<class T> void g(T) { T::nope(); } void f() { g(1); }
no_member: namespace n{} using n::x;
no_member_suggest: namespace na{ struct String{}; void run(); } void f() { na::runn(); }
no_member_template: namespace na{} na::Vec<int> v;
no_template: Vctor<int> v;
no_template_suggest: template<class T> struct Vector{}; Vectr<int> v;
override_keyword_hides_virtual_member_function: struct A{ virtual void f() const=0; virtual void g()=0; }; struct B:A{ void f() override; }; B b;
override_keyword_only_allowed_on_virtual_member_functions: struct S{ void f() override; };
ovl_ambiguous_call: void f(long); void f(float); void g() { f(1.0); }
ovl_deleted_call: void f()=delete; void g() { f(); }
ovl_deleted_init: struct S{ S(const S&)=delete; S(); }; void f() { S a; S b=a; }
ovl_deleted_special_init: struct B{ B(int); }; struct D:B{ };  D d;
ovl_diff_return_type: int f(); float f();
ovl_no_oper: struct S{}; void f(S s){ s(); }
ovl_no_viable_conversion_in_cast: struct A{}; void f() { (A)1; }
ovl_no_viable_function_in_call: void f(int); void g() { f(); }
ovl_no_viable_function_in_init: struct S{ S(int); }; S s;
ovl_no_viable_oper: struct S{}; void f() { S s; s=1; }
param_default_argument_missing_name: int f(int x=1,int y);
param_redefinition: int f(int a, int a){}
pp_endif_without_if: #endif
pp_err_elif_without_if: #elif 1
pp_err_else_without_if: #else
pp_expects_filename: #include
pp_file_not_found: #include <vectr>
pp_invalid_directive: #unknown
pp_missing_macro_name: #define
pp_unterminated_conditional: #if 1
redefinition: int x; int x;
redefinition_different_type: int x; float x;
redefinition_different_typedef: typedef int T; typedef float T;
redefinition_of_enumerator: enum E { A, A };
reference_bind_drops_quals: void f(const int c){ int &r=c; }
reference_var_requires_init: void f() { int &r; }
sizeof_alignof_incomplete_or_sizeless_type: int x = sizeof(void);
static_assert_failed: static_assert(false);
static_assert_requirement_failed: static_assert(1==2, "no");
static_non_static: extern int x; static int x;
template_arg_list_different_arity: template<class T> struct S{}; S<> s;
template_arg_must_be_expr: template<int N> struct S{}; S<int> s;
template_instantiate_undefined: template<class T> struct S; S<int> s;
template_missing_args: template<class T> concept C=sizeof(T)>4; template<C T> void f(T); void g() { f('a'); }
too_few_args_in_macro_invoc: #define M(a,b) a\nint x=M(1);
too_many_args_in_macro_invoc: #define M(a) a\nint x=M(1,2);
typecheck_array_not_modifiable_lvalue: int a[3]; void f() { a=0; }
typecheck_assign_const: const int c=1; void f() { c=2; }
typecheck_bool_condition: struct S{}; void f(S s){ if(s); }
typecheck_call_not_function: void f() { int x; x(); }
typecheck_cond_incompatible_operands: void f(bool b){ b ? 1 : "x"; struct A{} a; struct B{} c; b ? a : c; }
typecheck_convert_incompatible C: char *p = 1.0;
typecheck_decl_incomplete_type: void x;
typecheck_expression_not_modifiable_lvalue: void f() { 1=2; }
typecheck_incomplete_tag C: struct S *s; int f(void){ return s->x; }
typecheck_indirection_requires_pointer: void f() { int x; *x; }
typecheck_invalid_lvalue_addrof: void f() { &1; }
typecheck_invalid_operands: struct S{}; void f(S s){ s+1; }
typecheck_member_reference_arrow: void f() { int p; p->x; }
typecheck_member_reference_struct_union: void f() { int *p; p.x; }
typecheck_member_reference_suggestion: struct S{int x;}; void f(S*p){ p.x; }
typecheck_nonviable_condition: struct S{}; int x=S();
typecheck_subscript_value: void f() { int x; x[0]; }
typecheck_unary_expr: struct S{}; void f(S s){ !s; }
typename_missing: template<class T> void f(T t){ T::x y; }
typename_nested_not_found: namespace n{} n::X x;
undeclared_label_use: void f() { goto l; }
undeclared_var_use: void S::f(){}
undeclared_var_use_suggest: void f() { co_return; }
uninitialized_member_in_ctor: struct S{ int &x; S(){} };
unknown_nested_typename_suggest: namespace na{ struct String{}; } na::Strng x;
unknown_type_or_class_name_suggest: struct String{}; struct D: Strng {};
unknown_typename C: foo_t x;
unknown_typename_suggest: struct String{}; Strng x;
unterminated_block_comment: /* open
upcast_to_inaccessible_base: class A{}; class B:A{}; A*f(B*b){ return b; }
virtual_non_function: virtual void f();
"""  # noqa: E501
"""What clangd 22 calls an error, and a source that has it; in C++17 or, where it says so, in C."""


def test_each_error_that_has_a_name_is_known_by_what_libclang_says(live: Lives) -> None:
    unnamed: list[str] = []
    for line in _ERRORS.strip().splitlines():
        name, _, source = line.partition(": ")
        name, _, language = name.partition(" ")
        file = "main.c" if language else "main.cpp"
        text = source.replace(r"\n", "\n").replace("$", "$$")
        opened = live(f"//- {file}\n{text}\n", file)
        errors = [each for each in opened.report.diagnostics if each.severity >= Severity.ERROR]
        if name not in [error_name(each.message) for each in errors]:
            unnamed.append(f"{line}: {[each.message for each in errors]}")
    assert not unnamed


def test_an_error_that_nobody_listed_has_no_name() -> None:
    assert error_name("the compiler says something new about 'x'") == ""
    assert error_name("") == ""


def test_types_that_stand_for_others_make_no_difference() -> None:
    assert error_name("no member named 'a' in 'T'") == "no_member"
    message = "cannot initialize a variable of type 'T' (aka 'int') with an lvalue of type 'U'"
    assert error_name(message) == "init_conversion_failed"
