"""Text of others in Markdown; tests/browser/test_files.py looks at what a browser makes of it."""

from lstm_viz.ui.plain import verbatim


def test_nothing_is_left_that_means_something_in_markdown():
    assert verbatim("a*b*c") == r"a\*b\*c"
    assert verbatim("# 1. <b> $x$ :red[no] [x](y) `c` ~~d~~ _a_b_ &amp;") == (
        r"\# 1. \<b\> \$x\$ \:red\[no\] \[x\](y) \`c\` \~\~d\~\~ \_a_b\_ \&amp;"
    )
    assert verbatim("1. two\n\n- lines") == r"1\. two - lines"


def test_what_means_nothing_is_left_as_it_is():
    text = "line 3, column 2 ('pm2.5'): 'x' is not a number; forget_bias 1.5 → 2 (a - b)"
    assert verbatim(text) == text


def test_what_is_made_a_link_or_an_emoji_all_the_same_is_code():
    assert verbatim("see [x](http://a.b) now") == "see `[x](http://a.b)` now"
    assert verbatim("a :smile: -> b") == "a `:smile:` `->` b"
    assert verbatim("www.a`b") == "``www.a`b``"
