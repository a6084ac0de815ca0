"""A class in two exercises: right, wrong, late, set by hand, refused, missing, hostile."""

from datetime import UTC, datetime

from chapter10.classroom.found import Found, Intake, Person, Refused
from chapter10.classroom.gradebook.policy import Policy
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.classroom.report.build import Report
from chapter10.course import load_course
from chapter10.grading.session import open_session

COURSE = load_course()
HOSTILE_NAME = "<img src=x onerror=alert(1)>\u202eeve"
HOSTILE_CODE = """
print("<script>document.title = 'hacked'</script>\\x1b[31m" + "x" * 9000)

def attention(query, key, value, mask=None):
    raise ValueError("</p><script>document.title = 'hacked'</script>")
"""

# name → exercise → (kind, file) of the bank, or the source itself
ANSWERS = {
    "Ada Lovelace": {"attention": ("solution", ""), "conv2d": ("solution", "")},
    "Ben Bitdiddle": {"attention": ("misconceptions", "no_scaling"), "conv2d": ("misconceptions", "flipped_kernel")},
    "Cai Chen": {"attention": ("misconceptions", "no_scaling"), "conv2d": ("variants", "im2col")},
    "Dora Díaz": {"attention": ("misconceptions", "mask_inverted"), "conv2d": ("misconceptions", "padding_ignored")},
    HOSTILE_NAME: {"attention": HOSTILE_CODE},
    "Fay Fisher": {"attention": ("variants", "einsum"), "conv2d": ("misconceptions", "bias_ignored")},
    "Gil Gauss": {"attention": "def attention(query, key, value:\n"},
    "Hana Hopper": {},
    "Ida Ito": {"attention": "import ctypes\n\n\ndef attention(query, key, value, mask=None):\n    return eval('query')\n"},
}
LATE = {"Fay Fisher"}
POLICY = {"due": {"attention": "2026-11-20", "conv2d": "2026-11-20"}, "late": {"per_day": "10%", "most": "50%"}}


def key_of(name):
    return "eve" if name == HOSTILE_NAME else name.split()[0].lower()


def source(exercise, answer):
    if isinstance(answer, str):
        return answer
    kind, name = answer
    path = exercise.solution if kind == "solution" else next(p for p in exercise.bank(kind) if p.stem == name)
    return path.read_text(encoding="utf-8")


def intake():
    found, people = [], []
    for name, answers in ANSWERS.items():
        person = Person(key_of(name), name, f"{key_of(name)}@example.edu", "Section B" if name in LATE else "Section A")
        people.append(person)
        for exercise, answer in answers.items():
            handed_in = datetime(2026, 11, 22 if name in LATE else 19, 12, tzinfo=UTC)
            text = source(COURSE[exercise], answer)
            filename = f"{person.key}_{exercise}.py"
            found.append(Found(person, exercise, filename, f"class.zip!{filename}", text.encode(), handed_in))
    hana = next(person for person in people if person.key == "hana")
    refused = [
        Refused(
            "class.zip!hana_attention.py", "empty", "hana_attention.py is empty; Ben Bitdiddle's is not.", hana, "attention"
        ),
        Refused("class.zip!nobody.docx", "misnamed", "nobody.docx belongs to no exercise.\x1b[31m"),
    ]
    return Intake("flat", found, refused, people)


def grade(path):
    """Make the gradebook `path` of the class, with verdicts of the real grader."""
    came_in = intake()

    def grade_all(grader):
        return [grader.grade(COURSE[f.exercise], f.data.decode()).as_dict() for f in came_in.found]

    documents = open_session([COURSE["attention"], COURSE["conv2d"]], grade_all, seed=1)
    with Gradebook.open(path, create=True) as gradebook:
        arrivals = gradebook.add(came_in)
        gradebook.remember_policy(Policy.read(COURSE, POLICY))
        for identity, document in zip(arrivals.submissions, documents, strict=True):
            gradebook.save_verdict(identity, "suite", "chapter10 1, torch 2", document)
        gradebook.save_verdict(arrivals.submissions[0], "suite of next week", "chapter10 1, torch 2", documents[0])
        gradebook.override("dora", "attention", 15, "Prof. Secret", "Right idea, <b>shown</b> at the board.")


def write(class_db, target, **options):
    """Write the report of a gradebook to `target`, and return what `--json` prints."""
    with Gradebook.open(class_db) as gradebook:
        return Report(gradebook.session(), gradebook.view(COURSE, whole=False), COURSE, **options).write(target)
