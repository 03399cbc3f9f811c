"""HTTP to the demo's own programs: connect to 127.0.0.1, send the program's name as Host (Python resolves no
*.localhost).
"""

from typing import Any

import httpx

from zhilu.errors import WorldError

SECONDS = 30.0


class Api:
    """JSON in, JSON out, cookies kept. `origin` goes along as a browser would send it."""

    def __init__(self, tcp_port: int, authority: str) -> None:
        headers = {"Host": authority, "Origin": f"http://{authority}"}
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{tcp_port}", headers=headers, timeout=SECONDS)

    def up(self, path: str) -> bool:
        """Does the program answer, whatever it says short of an error of its own?"""
        try:
            return self._client.get(path).status_code < 500
        except httpx.HTTPError:
            return False

    def get(self, path: str) -> Any:
        return self._answer(self._request("GET", path, None))

    def post(self, path: str, body: object) -> Any:
        return self._answer(self._request("POST", path, body))

    def status_of_post(self, path: str, body: object) -> tuple[int, str]:
        """Status and error code, where a refusal is what is looked for."""
        response = self._request("POST", path, body)
        return response.status_code, str(response.json().get("error", ""))

    def close(self) -> None:
        self._client.close()

    def _request(self, method: str, path: str, body: object) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise WorldError(
                "demo-http", "{method} {path} failed: {said}", method=method, path=path, said=error
            ) from error

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json()
        said = f"{response.status_code} {response.text[:300]}"
        method, path = response.request.method, response.request.url.path
        raise WorldError("demo-http", "{method} {path} failed: {said}", method=method, path=path, said=said)
