"""What every answer of the server says to browsers, and which requests it does not take. Knows no page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio writes scripts into its page and compiles some; nothing comes from, or goes to, anywhere else.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FOREIGN = "This page takes requests from itself alone. Open it under its own address."


class Guard:
    """ASGI middleware. ``local``: the server is bound to loopback, and goes by no other name.

    Requests that another site's page makes are refused, and, when ``local``, those under another host name:
    a site may point its own name at 127.0.0.1.
    """

    def __init__(self, app: ASGIApp, local: bool = True) -> None:
        self._app = app
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._is_welcome(Headers(scope=scope)):
            await PlainTextResponse(_FOREIGN, 403)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, guarded)

    def _is_welcome(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        if self._local and urlsplit(f"//{host}").hostname not in LOOPBACK:
            return False
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == host
