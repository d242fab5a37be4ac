"""The programs of the documentation in other languages do what they show, and what is said of these languages is so."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.test_examples import ROOT, examples, hold

PAGE = "docs/http.md"

#: Where Node is: on the path, or from PyPI beside this Python or in the environment of `make generators`.
BESIDE = (Path(sys.executable).parent, ROOT / ".venv-generators" / "bin")


@pytest.fixture(scope="session")
def run_js(tmp_path_factory):
    """Run a program with Node: what it prints."""
    node = shutil.which("node") or next((str(place / "node") for place in BESIDE if (place / "node").exists()), None)
    if node is None:
        absent = pytest.fail if os.environ.get("STEPGRADE_REQUIRE_NODE") else pytest.skip
        absent("there is no Node here: `make generators` installs one")
    return runner(tmp_path_factory.mktemp("js") / "program.mjs", node)


@pytest.fixture(scope="session")
def run_r(tmp_path_factory):
    """Run a program with R: what it prints."""
    rscript = shutil.which("Rscript")
    if rscript is None or subprocess.run([rscript, "-e", "library(httr2)"], capture_output=True, check=False).returncode:
        pytest.skip("there is no R with httr2 here (apt-get install r-cran-httr2)")
    return runner(tmp_path_factory.mktemp("r") / "program.R", rscript)


def runner(file, program):
    def run(code):
        file.write_text(code, encoding="utf-8")
        done = subprocess.run([program, file], capture_output=True, text=True, timeout=120, check=False)
        return done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}\nit ended with {done.returncode}"

    return run


@pytest.mark.parametrize("language", ["js", "r"])
def test_a_program_in_another_language_does_what_it_shows(request, language, live):
    run, (program,) = request.getfixturevalue(f"run_{language}"), examples(PAGE, language)
    assert program.shown
    hold(PAGE, program, live.as_written(run(live.addressed(program.code))))


@pytest.mark.parametrize("language", ["js", "r"])
def test_a_program_shows_the_sentence_of_a_request_that_is_refused(request, language, live):
    run, (program,) = request.getfixturevalue(f"run_{language}"), examples(PAGE, language)
    wrong = program.code.replace("lr: 0.1", "rate: 0.1").replace("lr = 0.1", "rate = 0.1")
    assert "unknown hyperparameter of adam 'rate'" in run(live.addressed(wrong))


#: Octave's own webwrite sends forms alone. This one does what MATLAB's does with a structure: jsonencode, POST, jsondecode.
WEBWRITE = """1;
function options = weboptions(varargin)
  options = struct(varargin{:});
  assert(options.MediaType, 'application/json');
end
function answer = webwrite(url, data, options)
  name = tempname();
  file = fopen(name, 'w'); fputs(file, jsonencode(data)); fclose(file);
  [status, text] = system(['curl -sf -H "Content-Type: application/json" --data-binary @' name ' ' url]);
  delete(name);
  assert(status, 0);
  answer = jsondecode(text);
end
"""


@pytest.fixture(scope="session")
def run_m(tmp_path_factory):
    """Run a program of MATLAB's with Octave: what it prints."""
    octave = shutil.which("octave-cli")
    if octave is None or shutil.which("curl") is None:
        pytest.skip("there is no Octave with curl here (apt-get install octave)")
    return runner(tmp_path_factory.mktemp("m") / "program.m", octave)


def test_the_program_of_matlab_works_in_octave(run_m, live):
    (code,) = re.findall(r"^```matlab\n(.*?)^```$", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert run_m(WEBWRITE + live.addressed(code)).split() == ["0.9000", "2.1000", "201", "2", "0"]


def written(language):
    """What the page's table has for 3, [3] and [[1, 2]] in a language; what is said of `struct(...)` is the last in its cell."""
    row = re.search(rf"^\| {language}\b[^|]* \|(.*)\|$", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    return [re.findall("`([^`]*)`", cell)[-1] for cell in row[1].split("|")]


@pytest.mark.parametrize(
    ("run", "language", "as_json"),
    [
        ("run_js", "JavaScript", "console.log(JSON.stringify({{a: {}}}))\n"),
        ("run_r", "R", 'cat(jsonlite::toJSON(list(a = {}), auto_unbox = TRUE, digits = 22, null = "null"), "\\n")\n'),
        ("run_m", "MATLAB", "disp(jsonencode(struct('a', {})))\n"),
    ],
)
def test_a_number_and_a_list_of_one_number_are_written_as_the_page_says(request, run, language, as_json):
    code = "".join(as_json.format(each) for each in written(language))
    told = request.getfixturevalue(run)(code).splitlines()
    assert [json.loads(line)["a"] for line in told] == [3, [3], [[1, 2]]]


def test_what_is_said_of_r_s_lists_digits_and_missing_numbers_is_so(run_r):
    told = run_r("""
        write <- function(x, auto_unbox = TRUE) jsonlite::toJSON(x, auto_unbox = auto_unbox, digits = 22, null = "null")
        cat(write(list(name = "adam"), FALSE), write(2 / 3), write(list(1, NULL)), write(c(1, NaN)), jsonlite::fromJSON("[1, null]"))
    """)
    assert told.split() == ['{"name":["adam"]}', "0.666666666666667", "[1,null]", '[1,"NaN"]', "1", "NA"]


def test_a_body_in_pieces_is_refused_and_a_whole_one_is_not(run_js, live):
    told = run_js(f"""
        import http from "node:http";
        const text = JSON.stringify({{ optimizer: "adam", params: 1, gradient: 1 }});
        const options = {{ method: "POST", headers: {{ "Content-Type": "application/json" }} }};
        const send = (finish) => new Promise((resolve) => {{
          const request = http.request("http://{live.address}/step", options, (answer) => resolve(answer.resume().statusCode));
          finish(request);
        }});
        console.log(await send((request) => {{ request.write(text); request.end(); }}), await send((request) => request.end(text)));
        const body = new ReadableStream({{ start(to) {{ to.enqueue(new TextEncoder().encode(text)); to.close(); }} }});
        console.log((await fetch("http://{live.address}/step", {{ ...options, body, duplex: "half" }})).status);
    """)
    assert told.split() == ["411", "200", "411"]
