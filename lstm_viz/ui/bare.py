"""A page of words alone, for where the app itself cannot answer."""

from html import escape

from starlette.responses import HTMLResponse

LOOK = (
    "body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto;"
    " padding: 0 1.5rem; } h1 { line-height: 1.2; }"
)


def bare_page(
    title: str, text: str, status: int, link: tuple[str, str] | None = None
) -> HTMLResponse:
    """An answer with a heading and a paragraph, light or dark as the reader's system is.

    link : an address and what it is called, for the way on
    """
    way = f'<p><a href="{escape(link[0])}">{escape(link[1])}</a></p>' if link else ""
    return HTMLResponse(
        '<!DOCTYPE html><meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f"<style>{LOOK}</style><h1>{escape(title)}</h1><p>{escape(text)}</p>{way}",
        status,
    )
