"""All texts that a session sends to the browser: widgets, words, tables, and those in figures."""

import json

from tests.sessions import ROOT, charts

NO_TEXT = {"id", "key", "type", "language", "form_id", "deferred_file_id", "component_name"}
NO_TEXT |= {"css_content", "js_content", "raw_value", "format", "json", "default"}
IN_A_FIGURE = {"text", "name", "hovertemplate", "hovertext", "customdata", "ticktext", "label"}
LOOK = {"color", "family", "side", "xanchor", "yanchor", "xref", "yref", "size"}
PROSE = {path.read_text("utf-8").strip() for path in (ROOT / "lstm_viz" / "content").glob("*/*.md")}


def texts(at):
    """(where, text) of each, but for the pages' prose, which is translated as a whole."""
    for node in at._tree:
        if hasattr(getattr(node, "proto", None), "ListFields"):
            yield from _of_proto(node.proto, type(node).__name__)
    for kind in ("table", "dataframe"):
        for element in getattr(at, kind):
            yield kind, element.value.to_csv()
    for header, figure in charts(at):
        yield from ((f"chart.{key}", header[key]) for key in ("alt", "caption"))
        yield from (("chart.words", text) for text in header["words"].values())
        yield from _of_figure(figure)
        yield from (
            ("chart.meta", text) for text in figure["layout"].get("meta", {}).get("curves", ())
        )


def _of_proto(message, where):
    for field, value in message.ListFields():
        values = list(value) if field.is_repeated else [value]
        if field.message_type and not field.message_type.GetOptions().map_entry:
            for one in values:
                yield from _of_proto(one, f"{where}.{field.name}")
        elif field.type == field.TYPE_STRING and field.name not in NO_TEXT:
            yield from (
                (f"{where}.{field.name}", one) for one in values if one.strip() not in PROSE
            )


def _of_figure(value, key="figure", shown=False):
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _of_figure(one, name, (shown or name in IN_A_FIGURE) and name not in LOOK)
    elif isinstance(value, list):
        for one in value:
            yield from _of_figure(one, key, shown)
    elif isinstance(value, str) and shown:
        yield f"figure.{key}", value


def json_of(at):
    """The charts' figures as the browser gets them."""
    return [json.dumps(figure) for _header, figure in charts(at)]
