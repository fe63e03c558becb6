"""Two hundred texts that would do harm where somebody forgot that data is only data, by what they are aimed at."""

from __future__ import annotations

_CALLS = ("alert(1)", "fetch('//evil.example')", "document.cookie")
_ANSI = ("[2J", "[31m", "[1;1H", "[?1049h", "[6n", "c", "(0", "P+q544e\x1b\\", "]0;owned\x07", "]52;c;aGk=\x07", "]1337;File=:AAAA\x07")
_COMMANDS = (
    *("error", "warning", "notice", "debug", "group", "add-mask", "set-output name=a", "save-state name=a", "set-env name=PATH"),
    *("add-path", "stop-commands", "echo", "add-matcher", "error file=/etc/passwd,line=1,title=a"),
)
_FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://evil.example")',
    "=cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠A1",
)

MARKUP = (
    *(f"<script>{call}</script>" for call in _CALLS),
    *(f"<img src=x onerror={call}>" for call in _CALLS),
    *(f"<svg/onload={call}>" for call in _CALLS),
    *(f'" onmouseover="{call}' for call in _CALLS),
    *(f"' autofocus onfocus='{call}" for call in _CALLS),
    *(
        f"</{tag}><b>out"
        for tag in ("style", "script", "title", "textarea", "svg", "td", "table", "details", "summary", "pre", "code", "body")
    ),
    *("<!--", "-->", "<!DOCTYPE html>", "<?php echo 1 ?>", "<![CDATA[", "]]>", "<iframe srcdoc='<b>x'>", "<base href=//evil.example/>"),
    *(
        "<meta http-equiv=refresh content='0;url=//evil.example'>",
        "<link rel=stylesheet href=//evil.example/a.css>",
        "<a href=javascript:x>y</a>",
    ),
    *(
        "<plaintext>",
        "<noscript><p title='</noscript><img src=x onerror=x>'>",
        "<math><mi xlink:href='data:x'>",
        "<form action=//evil.example>",
    ),
    *("&lt;script&gt;", "&#60;b&#62;", "&amp;amp;", "&nope;", "&#x1b;", "&#0;", "<b>bold</b>", "<br>", "< b >", "a<b>c", "1 < 2 > 0"),
)
STYLE = (
    *("}*{display:none", "/**/", "*/body{background:url(//evil.example)}/*", "expression(alert(1))", "@import '//evil.example';"),
    *("url(javascript:alert(1))", "\\3c style>", "-moz-binding:url(x)", ";color:red", "{{", "}}"),
)
XML = (
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;',
    *(
        "<!ENTITY % a '%b;'>",
        "&xxe;",
        "<?xml version='1.1'?>",
        "</system-out>",
        "</failure>",
        "</testcase></testsuite>",
        "\x00",
        "\x0b",
        "\ufffe",
        "\uffff",
    ),
)
TERMINAL = (
    *(f"\x1b{rest}" for rest in _ANSI),
    *(
        "\x9b31m",
        "\x9d0;x\x9c",
        "\x90x\x9c",
        "\x07",
        "\x08\x08\x08",
        "\x7f",
        "\r",
        "a\rb",
        "\x0c",
        "\x0e",
        "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    ),
)
COMMANDS = (
    *(f"\n::{name}::x" for name in _COMMANDS),
    *(
        "::error::x",
        "  ::error::x",
        "\r\n::error::x",
        "\u2028::error::x",
        "%0A::error::x",
        "%0D%0A::error::x",
        "%25%30%41",
        ",file=b",
        ":title=c",
    ),
    *(
        "##[error]x",
        "##[set-env name=A;]b",
        "##vso[task.setvariable variable=a]b",
        "##teamcity[message text='x']",
        "\n##[group]x",
        "x ##[command]y",
    ),
    *("section_start:1:a\r\x1b[0K", "\x1b[0Ksection_end:1:a", "[error] x", "::stop-commands::x\n::error::y\n::x::"),
)
UNSEEN = (
    *("\u202e", "\u202d", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c", "abc\u202efed\u202c"),
    *(
        "\u200b",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u180e",
        "\u2063",
        "\u2028",
        "\u2029",
        "\u0085",
        "\ufff9",
        "\U000e0041\U000e007f",
        "\U000e0101",
    ),
    *("\ud800", "\udfff", "\udc80", "x\ud83d", "\u0301\u0301\u0301", "Z" + "\u0335" * 60),
)
SPREADSHEET = (
    *_FORMULAS,
    *(f" {formula}" for formula in _FORMULAS[:4]),
    'a","=1+1',
    "a;=1+1",
    'a"\n=1+1,"',
    "'=1",
    '"',
    '""',
    ",",
    "a,b\nc,d",
)
MARKDOWN = (
    *(
        "[here](https://evil.example/)",
        "![p](https://evil.example/p.png)",
        "[a][b]\n\n[b]: //evil.example",
        "<https://evil.example>",
        "www.evil.example",
    ),
    *(
        "https://evil.example",
        "@everyone",
        "#1",
        "evil/repo#1",
        "`code`",
        "```\nfence",
        "~~~",
        "| a | b |",
        "a|b",
        "\\|",
        "\\",
        "**b**",
        "_i_",
        "~~s~~",
    ),
    *(
        "# h",
        "\n# h",
        "- item",
        "\n- item",
        "1. one",
        "> quote",
        "---",
        "\n---\n",
        "***",
        "    indented",
        "\n\n    code",
        "a  \nb",
        "$x$",
        "$$y$$",
        ":smile:",
    ),
    *("[^1]", "[x]", "- [ ] task", "<details open>", "</details>", "[](javascript:alert(1))", "[a](<b> 'c')", "&#91;x&#93;(y)", "==mark=="),
)
DATA = (
    *(
        '"}',
        '{"a": 1}',
        "\\u0000",
        "\\ud800",
        '",\n"x": "',
        "]",
        "NaN",
        "null",
        "# comment",
        "key: value",
        "- a",
        "&a *a",
        "!!python/object:os.system",
        "%YAML 1.2",
    ),
    *(
        "{{ 7*7 }}",
        "{% raw %}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "{0}",
        "{0.__class__}",
        "%s%n",
        "%(a)s",
        "$(id)",
        "`id`",
        "; rm -rf /",
        "|| true",
        "../../etc/passwd",
    ),
    *(
        "/etc/passwd",
        "C:\\x",
        "//evil.example/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "CON",
        "a?b#c",
        "a%2Fb",
        "a b",
    ),
    *(
        "x" * 20_000,
        "&" * 3_000,
        "ß" * 3_000,
        "<" * 3_000,
        "\U0001f600" * 2_000,
        "a\n" * 500,
        "[bold red]x[/]",
        "[link=http://evil.example]x",
    ),
)
HOSTILE = tuple(dict.fromkeys((*MARKUP, *STYLE, *XML, *TERMINAL, *COMMANDS, *UNSEEN, *SPREADSHEET, *MARKDOWN, *DATA)))
"""All of them, each once."""
