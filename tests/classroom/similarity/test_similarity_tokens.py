"""What a disguise changes is gone; what it leaves is kept."""

import pytest

from chapter10.classroom.similarity.tokens import RUN, take

CODE = """
import math

def attention(query, key):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    return torch.softmax(scores, dim=-1)
"""


def runs(source):
    return {feature for feature in take(source).spans if feature[0] != "#"}


def remarks(source):
    return {feature[1] for feature in take(source).spans if feature[0] == "#"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("scores", "my_numbers"),
        ("import math\n", "from math import sqrt, exp\nimport os\n"),
        ("    return", "    # and so we are done here\n\n    return"),
        ("    scores", "    '''Do it.'''\n    scores"),
        ("(-2, -1)", "(-2,\n                   -1)"),
    ],
)
def test_names_imports_comments_and_layout_make_no_difference(one, other):
    assert one in CODE
    assert runs(CODE.replace(one, other)) == runs(CODE)


@pytest.mark.parametrize(("one", "other"), [("softmax", "sigmoid"), ("-2", "-3"), ("@", "*"), ("return", "yield")])
def test_what_is_done_makes_a_difference(one, other):
    assert runs(CODE.replace(one, other)) != runs(CODE)


def test_attributes_of_self_are_the_learners_own_names():
    one = "self.scale = self.make(x)[0] + self.bias + self.more"
    assert runs(one) == runs(one.replace("scale", "s").replace("make", "f").replace("bias", "b").replace("more", "z"))


def test_comments_and_docstrings_are_remarks():
    source = '"""First line here.\n\n  Second LINE, here!"""\nx = "not this one, surely"  # why we do this\ny = 1  # short\n'
    assert remarks(source) == {"first line here", "second line here", "why we do this"}


def test_what_python_cannot_read_is_read_around():
    broken = CODE + "\nx = (((\n'''\n" + CODE
    assert runs(CODE) <= runs(broken)
    assert runs("    unindented\n  wrongly\n" + CODE) >= runs(CODE)


def test_spans_are_where_the_features_stand():
    for feature, spans in take("\n# a remark of mine\n" + CODE).spans.items():
        for start, end in spans:
            found = ("\n# a remark of mine\n" + CODE)[start:end]
            if feature[0] == "#":
                assert found == "# a remark of mine"
            else:
                assert len(feature) == RUN
                assert feature[-1] in ("n", "s") or found.endswith(feature[-1])


@pytest.mark.parametrize("source", ["", "\n", "\x00", "(", "\\", "'", "\t x\n y", "é = 1", "def f(:\n" * 50])
def test_nothing_is_too_odd(source):
    take(source)
