"""What intakes find and graders say, made by hand."""

from chapter10.classroom.found import Found, Intake, Person, Refused


def found(key, exercise="attention", data=b"x = 1\n", **rest):
    """Return a file as an intake finds it."""
    return Found(Person(key, key.title()), exercise, f"{exercise}.py", f"class.zip!{key}/{exercise}.py", data, **rest)


def small_class():
    """Two students with files, one with a refusal, one who handed in nothing."""
    return Intake(
        "folders",
        [found("ada"), found("ada", "conv2d"), found("bob", data=b"y = 2\n")],
        [Refused("class.zip!cleo/attention.py", "empty", "attention.py is empty.", Person("cleo"), "attention")],
        [Person("dan", "Dan", "dan@example.org", ids={"canvas_id": 7})],
    )


def document(points=12.0, status="fail", most=20.0, exercise="attention"):
    """Return a verdict's document."""
    return {
        "version": 1,
        "exercise": exercise,
        "status": status,
        "points": points,
        "max_points": most,
        "error": None,
        "tests": [{"name": "test_numbers", "message": "√d \0 \ud800 is missing"}],
        "duration": 0.25,
        "environment": {"torch": "2.9", "seed": 2**52 - 1, "isolation": "full"},
    }
