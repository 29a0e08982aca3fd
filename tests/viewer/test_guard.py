from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from stillplate.errors import ParameterError
from stillplate.viewer.guard import MOST_BYTES
from stillplate.viewer.server import PAGE, make_app, new_token
from stillplate.viewer.serving import address_of, bound
from tests.viewer.served import TOKEN, Client, served


@pytest.fixture(scope="module")
def page(stop: Path) -> Iterator[Client]:
    with served(str(stop)) as client:
        yield client


def test_the_page_is_answered_and_asks_nothing_elsewhere(page: Client) -> None:
    answer = page.http.get(f"/{TOKEN}/")

    assert answer.url.path == f"/{TOKEN}/clip/0/"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    for path in PAGE.rglob("*.*"):
        if path.suffix in (".js", ".css", ".html") and path.parent.name != "vendor":
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text, path
            assert "https://" not in text, path


@pytest.mark.parametrize("path", ["/", "/clip/0/", "/wrong/clip/0/", "/wrong/clip/0/state", f"/{TOKEN}x/clip/0/state"])
def test_without_the_token_there_is_nothing(page: Client, path: str) -> None:
    assert page.http.get(path).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "192.168.0.1:8000"])
def test_a_name_that_another_site_gave_this_machine_is_refused(page: Client, host: str) -> None:
    assert page.http.get(f"/{TOKEN}/clip/0/state", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "localhost", "[::1]:8000"])
def test_this_machine_is_answered_by_any_of_its_names(page: Client, host: str) -> None:
    assert page.http.get(f"/{TOKEN}/clip/0/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_changes_nothing(page: Client, headers: dict[str, str]) -> None:
    answer = page.http.post(f"/{TOKEN}/clip/0/edit", json={"do": "undo"}, headers=headers)

    assert answer.status_code == 403


def test_a_body_that_is_too_large_is_not_read(page: Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            yield b" " * (MOST_BYTES // 2)

    assert page.http.post(f"/{TOKEN}/clip/0/edit", content=b" " * (MOST_BYTES + 1)).status_code == 413
    assert page.http.post(f"/{TOKEN}/clip/0/edit", content=pieces()).status_code == 413


def test_only_files_of_the_page_are_served(page: Client) -> None:
    assert page.http.get(f"/{TOKEN}/page/main.js").status_code == 200
    for path in ("../server.py", "%2e%2e/server.py", "..%2fserver.py", "/etc/passwd", "nothing.js"):
        assert page.http.get(f"/{TOKEN}/page/{path}").status_code == 404


def test_only_what_was_rendered_is_opened(page: Client) -> None:
    for name in ("mask", "..%2f..%2fetc%2fpasswd", "page"):
        assert page.http.get(f"/{TOKEN}/clip/0/output/{name}").status_code == 404


def test_tokens_differ_and_are_long() -> None:
    tokens = {new_token() for _ in range(50)}

    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 32


def test_a_port_that_is_taken_is_told() -> None:
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]

        assert address_of(first, "x") == f"http://127.0.0.1:{port}/x/"
        with pytest.raises(ParameterError, match=f"port {port} of 127.0.0.1 cannot be used"):
            bound("127.0.0.1", port)
    with pytest.raises(ParameterError, match="cannot be used"):
        bound("no.such.host.invalid", 0)
    with pytest.raises(ParameterError, match="cannot be used"):
        bound("127.0.0.1", 99999)


def test_a_server_for_all_addresses_is_called_by_any_of_them(page: Client) -> None:
    app = make_app(page.clips, TOKEN, hosts=("0.0.0.0", "lab"))
    with TestClient(app, base_url="http://192.168.0.7:8000") as http:
        status = {
            host: http.get(f"/{TOKEN}/clip/0/", headers={"host": host}).status_code
            for host in ("192.168.0.7:8000", "[fe80::1]:8000", "lab:8000", "evil.example", "1.2.3.4.evil.example")
        }

    assert status == {
        "192.168.0.7:8000": 200, "[fe80::1]:8000": 200, "lab:8000": 200, "evil.example": 421,
        "1.2.3.4.evil.example": 421,
    }  # fmt: skip
