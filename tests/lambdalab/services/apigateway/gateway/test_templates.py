"""Mapping templates: API Gateway's variables, and that a template can read nothing else."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdalab.services.apigateway.gateway.templates import MOST_ITERATIONS, TemplateFailed, Variables, render

BODY = {"name": "Rex", "age": 7, "tame": True, "none": None, "toys": ["ball", {"kind": "bone"}], "owner": {"id": "a'b"}}
VARIABLES = Variables(
    json.dumps(BODY),
    {"id": "7"},
    {"q": "1 2", "id": "query"},
    {"Accept": "text/plain", "id": "header"},
    {"stage": "prod", "identity": {"sourceIp": "127.0.0.1"}, "authorizer": {"principalId": "ada"}},
    {"table": "pets"},
)


def made(template: str, variables: Variables = VARIABLES) -> str:
    return render(template, variables)[0]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.owner')", '{"id":"a\'b"}'),
        ("$input.json('$.toys[1].kind')", '"bone"'),
        ("$input.json('$.missing')", '""'),
        ("$input.json('$..kind')", '["bone"]'),
        ("$input.path('$.name')", "Rex"),
        ("$input.path('$').owner.id", "a'b"),
        ("$input.path('$.toys')[0] $input.path('$.toys').get(0) $input.path('$.toys').size()", "ball ball 2"),
        ("$input.path('$.toys')", '["ball",{"kind":"bone"}]'),
        ("$input.path('$.owner')", "{id=a'b}"),
        ("$input.path('$.age') $input.path('$.tame') [$input.path('$.none')]", "7 true []"),
        ("$input.params('id') $input.params('q') $input.params('accept') [$input.params('x')]", "7 1 2 text/plain []"),
        ("$input.params().querystring.get('id') $input.params().header.Accept", "query text/plain"),
        ("$context.stage $context.identity.sourceIp $context.authorizer.principalId", "prod 127.0.0.1 ada"),
        ("$stageVariables.table ${stageVariables.table}s $stageVariables.get('table')", "pets petss pets"),
        ("[$context.none $none $!none ${none.of.it}]", "[   ]"),
        ("$util.escapeJavaScript($input.path('$.owner.id'))", "a\\'b"),
        ('$util.escapeJavaScript("a/b é")', "a\\/b \\u00E9"),
        ("$util.parseJson('{\"a\": [1, 2]}').a[1]", "2"),
        ("$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", "a+b%26c a b&c"),
        ("$util.base64Encode('pets') $util.base64Decode('cGV0cw==')", "cGV0cw== pets"),
        ("#foreach($t in $input.path('$.toys'))$foreach.index:$foreach.count#if($foreach.hasNext),#end#end", "0:1,1:2"),
        ("#foreach($k in $input.params().path.keySet())$k=$input.params().path.get($k)#end", "id=7"),
        ("#foreach($e in $input.params().path.entrySet())$e.key=$e.value#end", "id=7"),
        ("#if($input.path('$.age') > 5 && $input.params('id') == '7')old#elseif(true)x#{else}young#end", "old"),
        ("#set($m = {'a': 1})#set($done = $m.put('b', 2))$m $m.a $m.keySet()", "{a=1, b=2} 1 [a, b]"),
        ("#set($l = [])#foreach($i in [1..3])#set($done = $l.add($i))#end$l", "[1, 2, 3]"),
        ("#macro(quote $x)\"$x\"#end#quote('a')", '"a"'),
        ("## nothing\n#* of this *#text \\$5 $5 #tag", "text $5 $5 #tag"),
        ('"$input.path("$.owner.id").replaceAll("\'", "-").toUpperCase()"', '"A-B"'),
    ],
)
def test_the_output_of_a_template(template: str, text: str) -> None:
    assert made(template) == text


def test_input_body_is_the_raw_body() -> None:
    assert made("$input.body") == json.dumps(BODY)
    assert made("$input.body|$input.json('$')", Variables("")) == "|{}"


def test_a_template_overrides_the_response() -> None:
    template = "#set($context.responseOverride.status = 404)#set($context.responseOverride.header.Location = '/x')gone"
    text, overrides = render(template, VARIABLES)
    assert (text, overrides.status, overrides.headers) == ("gone", 404, {"Location": "/x"})


@pytest.mark.parametrize("status", ["7", "'x'", "true", "900"])
def test_an_invalid_status_override_is_ignored(status: str) -> None:
    assert render(f"#set($context.responseOverride.status = {status})", VARIABLES)[1].status is None


@pytest.mark.parametrize(
    "template",
    [
        "$input.path('$..[')",
        "$util.parseJson('{')",
        "#foreach($x in [1])",
        "#set($x = )",
        "$input.path('$.name').substring('a')",
        "#set($x.y.z = 1)",
    ],
)
def test_a_template_fails(template: str) -> None:
    with pytest.raises(TemplateFailed):
        made(template)


def test_a_payload_that_is_not_json_fails_when_it_is_read() -> None:
    no_json = Variables("{nonsense")
    assert made("$input.body", no_json) == "{nonsense"
    with pytest.raises(TemplateFailed):
        made("$input.json('$')", no_json)


# A template reaches nothing else ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "$util.__class__",
        "$input.__class__.__mro__",
        "$input.methods",
        "$input._variables",
        "$util.escapeJavaScript.__globals__",
        "$input.body.format('x')",
        "#set($s = '{0.__class__}')$s.format($util)",
        "#set($s = '{0._')#set($s = $s + '_class__}')$s.format($input)",
        "#if($s.format($util) == 'x' || $util.__class__)reached#end",
        "#if(($input.__init__))reached#end",
        "#set($l = [$util.__class__])$l[0]",
        "#set($m = {'k': $input.__dict__})$m.k",
        '"$!{context.__class__}"',
        "$input.params.__self__ $input.json.__func__",
        "$context.get('__class__')",
        "$foreach.__class__ $velocityCount.real",
    ],
)
def test_python_s_own_attributes_are_not_members(template: str) -> None:
    assert made(template).strip(' "[]') == ""


@pytest.mark.parametrize("template", ["#include('x')", "#parse('x')", "#evaluate('$x')", "a #{evaluate}('$x')"])
def test_directives_that_read_files_or_create_templates_are_rejected(template: str) -> None:
    with pytest.raises(TemplateFailed):
        made(template)


def test_a_template_changes_nothing_but_its_own_variables() -> None:
    context: dict[str, Any] = {"stage": "prod", "identity": {"sourceIp": "1"}}
    render("#set($context.stage = 'x')#set($context.identity.sourceIp = 'y')", Variables("", context=context))
    assert context == {"stage": "prod", "identity": {"sourceIp": "1"}}


def test_a_loop_ends() -> None:
    assert made("#foreach($i in [1..1000000])x#end") == "x" * MOST_ITERATIONS


def test_output_that_grows_without_end_fails() -> None:
    with pytest.raises(TemplateFailed):
        made("#set($s = 'xxxxxxxxxxxxxxxx')#foreach($i in [1..60])#set($s = \"$s$s\")#end$s")


def test_other_users_of_airspeed_in_this_process_are_not_affected() -> None:
    import airspeed

    assert airspeed.Template("$x.upper()").merge({"x": "a"}) == "A"
    assert made("$input.body.upper()") == ""


WORDS = """$ # ( ) { } [ ] ' " . , ! | $input .path .json .params ('$') #if #end #set #foreach #else $context $util .get
    __class__ ('a') $x = == 1 [1..3] null #macro ä"""
words = st.sampled_from([*WORDS.split(), " in ", "\n", " ", "\\"])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(words, max_size=20).map("".join))
def test_any_text_is_rendered_or_fails_as_a_template(template: str) -> None:
    with contextlib.suppress(TemplateFailed):
        made(template)
