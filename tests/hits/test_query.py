"""The query language: what it means, and where it says that it cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.errors import QueryError
from hits._query import (
    DEEPEST,
    EVERYTHING,
    LONGEST,
    MOST_WORDS,
    All,
    Either,
    Phrase,
    Prefix,
    Tree,
    Without,
    Word,
    parse,
)

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", EVERYTHING),
        (" \t\n", EVERYTHING),
        ("Asyl", Word("asyl")),
        ("a b", All((A, B))),
        ("a AND b", All((A, B))),
        ("a OR b", Either((A, B))),
        ("a b OR c", Either((All((A, B)), C))),
        ("a (b OR c)", All((A, Either((B, C))))),
        ("or and not", All((Word("or"), Word("and"), Word("not")))),
        ("a -b", All((A, Without(B)))),
        ("a −b", All((A, Without(B)))),
        ("a NOT b", All((A, Without(B)))),
        ("-(a OR b)", Without(Either((A, B)))),
        ('-"a b"', Without(Phrase(("a", "b")))),
        ("--a", Without(A)),
        ("a - b – c", All((A, B, C))),
        ('"Særlig indgang"', Phrase(("særlig", "indgang"))),
        ("„a b“ «b c»", All((Phrase(("a", "b")), Phrase(("b", "c"))))),
        ('"a" ""', A),
        ('"a OR (b"', Phrase(("a", "or", "b"))),
        ("desertør*", Prefix("desertør")),
        ("EU-mek*", All((Word("eu"), Prefix("mek")))),
        ("EU-mekanisme", Phrase(("eu", "mekanisme"))),
        ("a(b)c", All((A, B, C))),
        ("(((a)))", A),
        ("a OR (!?)", A),
        ("🇷🇺 a", A),
        ("de\u00adser\u00adtør", Word("desertør")),
        ("fo\u0308lge", Word("fölge")),
        ("дезертир*", Prefix("дезертир")),
        ("لجوء", Word("لجوء")),
    ],
)
def test_what_a_search_means(text: str, tree: Tree) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ('asyl "åben', 5, "the quotation mark at character 6 is not closed"),
        ("(a", 0, "the bracket at character 1 is not closed"),
        ("a (b (c)", 2, "the bracket at character 3 is not closed"),
        ("a b)", 3, "the bracket at character 4 was never opened"),
        ("a ()", 2, "the brackets at character 3 hold nothing"),
        ("OR a", 0, "OR at character 1 lacks a word"),
        ("a OR", 2, "OR at character 3 lacks a word"),
        ("a OR OR b", 2, "OR at character 3 lacks a word"),
        ("(a OR) b", 3, "OR at character 4 lacks a word"),
        ("a NOT", 2, "NOT at character 3 lacks a word"),
        ("a AND", 2, "AND at character 3 lacks a word"),
        ("a *", 2, "the \\* at character 3 has no letter before it"),
        ("*asyl", 0, "only beginnings of words"),
        ("as*yl", 2, "only beginnings of words"),
        ("?! …", 0, "there is no letter or digit to look for"),
        ("🙂", 0, "there is no letter or digit to look for"),
        ("x" * (LONGEST + 1), LONGEST, "longer than 1000 characters"),
        ("a " * (MOST_WORDS + 1), 0, "more than 100 words"),
        ("(" * (DEEPEST + 1) + "a", DEEPEST, "lies too deep"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, position: int, sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence) as caught:
        parse(text)
    assert caught.value.position == position


@given(st.text(alphabet=st.sampled_from('ab æ"()-*“ ORANDT\t🙂й:\\/[]{}^~!&|+'), max_size=40))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    try:
        tree = parse(text)
    except QueryError as error:
        refused: QueryError | None = error
    else:
        refused = None
        _holds_bare_words(tree)
    if refused:
        assert 0 <= refused.position <= len(text)
        assert ";" in str(refused), "it says what to do"


def _holds_bare_words(tree: Tree) -> None:
    if isinstance(tree, All | Either):
        for part in tree.parts:
            _holds_bare_words(part)
    elif isinstance(tree, Without):
        _holds_bare_words(tree.part)
    else:
        words = {Word: lambda: [tree.word], Phrase: lambda: tree.words, Prefix: lambda: [tree.prefix]}[type(tree)]()
        assert all(word.isalnum() and word == word.lower() for word in words)
