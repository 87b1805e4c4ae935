"""The few HTML pages of the development stack: one look, everything escaped, no script."""

from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: light-dark(#1d4ed8, #8ab4ff); } .muted { color: light-dark(#57606a, #9aa4ae); }
ul { list-style: none; padding: 0; } li { border-top: 1px solid light-dark(#d8dee4, #3d444d); }
li > a, li button { display: block; width: 100%; padding: .6rem .4rem; min-height: 44px; text-align: left;
  font: inherit; color: inherit; background: none; border: 0; text-decoration: none; cursor: pointer; }
li > a:hover, li button:hover { background: light-dark(#f3f5f7, #21262d); } li form { margin: 0; }
label { display: block; margin: .6rem 0; }
input:not([type=checkbox]) { display: block; width: 100%; padding: .5rem; font: inherit;
  box-sizing: border-box; } form > button.send { padding: .6rem 1.2rem; font: inherit; min-height: 44px; }
iframe { width: 100%; height: 70vh; border: 1px solid light-dark(#d8dee4, #3d444d); background: #fff; }
pre { white-space: pre-wrap; } dt { float: left; width: 6rem; } dd { margin: 0 0 0 6rem; }
"""
STYLE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action *; base-uri 'none'"


def page(title: str, body: str, status: int = 200, policy: str = STYLE_POLICY) -> HTMLResponse:
    """A whole page; `body` is HTML whose texts are escaped already."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})
