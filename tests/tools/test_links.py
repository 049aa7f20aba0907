"""Another address of the repository reaches every place at which the present one stands."""

import json
import shutil
import subprocess

import pytest

from tools import links, stored

OWNER, NAME = stored.repository().removeprefix("https://github.com/").split("/")
WAYS = (f"{OWNER}/{NAME}".encode(), f"{OWNER}.github.io".encode())  # simpler than links.FORMS, on purpose

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git")


def holding_the_address(folder):
    """Names of the files that hold the present address, in whatever form."""
    listed = subprocess.run(links.LIST, cwd=folder, capture_output=True, check=True, text=True).stdout
    texts = {name: (folder / name).read_bytes() for name in listed.split("\0") if (folder / name).is_file()}
    return {name for name, text in texts.items() if any(way in text for way in WAYS)}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A repository of the files that hold the address."""
    if not (stored.ROOT / ".git").exists():
        pytest.skip("git does not know these files")
    for name in holding_the_address(stored.ROOT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(stored.ROOT / name, tmp_path / name)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.setattr(stored, "ROOT", tmp_path)
    monkeypatch.setattr(stored, "NOTEBOOKS", tmp_path / "notebooks")
    return tmp_path


def test_no_place_is_left_out(copy):
    before = holding_the_address(copy)
    assert before >= {"pyproject.toml", "README.md", "CITATION.cff", "notebooks/00_quickstart.ipynb"}
    links.write("some-one/else.where")
    assert holding_the_address(copy) == set()
    readme = (copy / "README.md").read_text(encoding="utf-8")
    for form in ("https://some-one.github.io/else.where/", "https://mybinder.org/v2/gh/some-one/else.where/"):
        assert form in readme


def test_notebooks_stay_notebooks(copy):
    links.write("some-one/else.where")
    address = "https://github.com/some-one/else.where"
    assert stored.repository() == address
    for path in stored.notebook_paths():
        first, second = json.loads(path.read_text(encoding="utf-8"))["cells"][:2]
        assert stored.badge(path, address) in "".join(first["source"]).splitlines()
        assert "".join(second["source"]) == stored.colab_cell(address)


def test_there_and_back_again_changes_nothing(copy):
    before = {path: path.read_bytes() for path in links.repository_files()}
    links.write("some-one/else.where")
    links.write(f"{OWNER}/{NAME}")
    assert {path: path.read_bytes() for path in links.repository_files()} == before


@pytest.mark.parametrize(
    "form",
    [
        "git+https://github.com/{}/{}",
        "https://colab.research.google.com/github/{}/{}/blob/main/notebooks/00_quickstart.ipynb",
        "https://mybinder.org/v2/gh/{}/{}/main",
        "https://{}.github.io/{}/",
    ],
)
def test_every_form_of_the_address_is_known_and_a_longer_name_is_another_address(form, copy):
    page = copy / "page.md"
    longer = form.format(OWNER, f"{NAME}-archive")
    page.write_text(f"{form.format(OWNER, NAME)} {longer}", encoding="utf-8")
    links.write("some-one/else.where")
    assert page.read_text(encoding="utf-8") == f"{form.format('some-one', 'else.where')} {longer}"


def test_without_another_address_badges_are_mended(copy):
    path = stored.notebook_paths()[0]
    before = path.read_bytes()
    path.write_bytes(before.replace(stored.BADGE_IMAGE.encode(), b"old.svg"))
    links.write(None)
    assert path.read_bytes() == before


@pytest.mark.parametrize("longer", ["archive", "-archive", ".archive", ".github", "_2"])
def test_what_follows_the_name_tells_whether_it_is_another_one(longer, copy):
    page, address = copy / "page.md", "https://github.com/{}{}"
    same = ["", ".git", ".", ". And", "/issues", ")"]
    page.write_text(
        " ".join(address.format(f"{OWNER}/{NAME}", end) for end in [*same, longer]), encoding="utf-8"
    )
    links.write("some-one/else.where")
    *others, last = page.read_text(encoding="utf-8").split(" https")
    assert last.endswith(f"{OWNER}/{NAME}{longer}")
    assert [other.split("//")[1] for other in others] == [
        f"github.com/some-one/else.where{end}" for end in same
    ]


@pytest.mark.parametrize("name", ["a/b", "a-b-2/c.d_e-f", f"{'a' * 39}/b", "A/.github"])
def test_owner_and_name_as_github_has_them_are_taken(name, copy):
    links.write(name)
    assert stored.repository() == f"https://github.com/{name}"


@pytest.mark.parametrize(
    "name",
    [
        *("else.where", "https://github.com/some-one/else", "some one/else", "a/b/c", "a/..", "a/."),
        *("a--b/.", "a--b/c", "-a/b", "a-/b", "_/_", "a/b.git", f"{'a' * 40}/b", "a/", "ä/b"),
    ],
)
def test_no_owner_and_name_is_refused_before_anything_is_written(name, copy):
    with pytest.raises(SystemExit, match=r"allowed is owner/name"):
        links.write(name)
    assert holding_the_address(copy)
