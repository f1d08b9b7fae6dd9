// A figure as a picture that stands on its own: its title above, its settings below. Its size is
// decided by the figure alone, never by the window: it is laid out as wide as a column of print, so
// that its letters are large, and shown larger.

const PICTURE = { width: 800, shown: 1200, png: 2 }; // pixels; how many of a PNG stand for one shown
const EDGE = 16, TITLE = 17, SETTINGS = 11, LINE = 1.35; // pixels; a line's height in letters'
const SVG = "http://www.w3.org/2000/svg";

// An SVG document. figure: {data, layout} with layout.height; said: {title, caption, alt, link}.
async function picture(Plotly, figure, said, ground) {
  const layout = still(figure.layout);
  const { width } = PICTURE, { height, font } = layout;
  const paper = (layout.paper_bgcolor = opaque(layout.paper_bgcolor, ground));
  const drawn = await Plotly.toImage({ data: figure.data, layout }, { format: "svg", width, height, imageDataOnly: true });
  const image = new DOMParser().parseFromString(drawn, "image/svg+xml").documentElement;
  const title = lines(said.title, TITLE, font, "bold"), settings = lines(said.caption, SETTINGS, font);
  const top = EDGE + title.length * TITLE * LINE + 4, whole = top + height + settings.length * SETTINGS * LINE + EDGE;
  for (const [name, value] of Object.entries({ x: 0, y: top, width, height })) image.setAttribute(name, value);
  const root = svg("svg", { viewBox: `0 0 ${width} ${whole}`, width: PICTURE.shown, height: Math.round((whole * PICTURE.shown) / width) });
  const link = svg("a", { href: said.link });
  link.append(text(settings, top + height, { "font-size": SETTINGS, fill: font.color, "font-family": font.family }));
  root.append(
    svg("title", {}, said.title), svg("desc", {}, said.alt), svg("metadata", {}, said.link),
    svg("rect", { width, height: whole, fill: paper }),
    text(title, EDGE, { "font-size": TITLE, "font-weight": "bold", fill: font.color, "font-family": font.family }),
    image, link,
  );
  return root;
}

// The layout without what only a page can move, and without its room.
function still(layout) {
  const { sliders = [], updatemenus: _menus, meta, margin, ...kept } = layout;
  const room = sliders.length ? (meta?.slider ?? 0) : 0;
  return { ...kept, margin: { ...margin, b: margin.b - room }, height: layout.height - room, width: PICTURE.width, autosize: false };
}

function svgText(root) {
  return new XMLSerializer().serializeToString(root);
}

function pngOf(root) {
  const [width, height] = ["width", "height"].map((name) => root.getAttribute(name) * PICTURE.png);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const image = new Image(), url = URL.createObjectURL(new Blob([svgText(root)], { type: "image/svg+xml" }));
  return new Promise((resolve, reject) => {
    image.onload = () => {
      canvas.getContext("2d").drawImage(image, 0, 0, width, height);
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("PNG"))), "image/png");
    };
    image.onerror = () => reject(new Error("SVG"));
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}

// A page that needs no server: the figure, moving as it does here, with title, settings and link.
function htmlFile(said, json, plotlyJs, ground) {
  const { layout } = JSON.parse(json);
  const paper = opaque(layout.paper_bgcolor, ground), ink = layout.font?.color ?? "inherit";
  const parts = [
    `<!DOCTYPE html>\n<html lang="${escape(document.documentElement.lang || "en")}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">`,
    `<title>${escape(said.title)}</title><style>body{margin:1rem;background:${paper};color:${ink};`,
    `font:14px/1.4 sans-serif}h1{font-size:1.25rem}a{color:inherit;overflow-wrap:anywhere}</style></head><body>`,
    `<h1>${escape(said.title)}</h1><div id="figure" role="figure" aria-label="${escape(said.alt)}"></div>`,
    `<p>${escape(said.caption)}</p><p><a href="${escape(said.link)}">${escape(said.link)}</a></p>`,
    `<script>${plotlyJs}</script><script>`,
    `const figure = ${json.replaceAll("<", "\\u003c")};`,
    `Plotly.newPlot("figure", { ...figure, config: ${JSON.stringify({ ...CONFIG, responsive: true })} });</script></body></html>\n`,
  ];
  return new Blob(parts, { type: "text/html" });
}

// Lines of a text. A picture has no web fonts: each must fit in all fonts that may stand in, and
// what has no spaces, as Chinese, is broken between its letters.
function lines(said, size, font, weight = "") {
  const pen = document.createElement("canvas").getContext("2d");
  const fonts = font.family.split(",").map((name) => `${weight} ${size}px "${name.replaceAll(/["']/g, "").trim()}", sans-serif`);
  const widthIn = (line) => (own) => ((pen.font = own), pen.measureText(line).width);
  const fits = (line) => Math.max(...fonts.map(widthIn(line.trimEnd()))) <= PICTURE.width - 2 * EDGE;
  const join = (made, part) => (fits(made.at(-1) + part) ? [...made.slice(0, -1), made.at(-1) + part] : [...made, part]);
  const wrapped = (paragraph) => paragraph.match(PARTS)?.flatMap((part) => (fits(part) ? [part] : [...part])).reduce(join, [""]) ?? [""];
  return said.split("\n").flatMap(wrapped).map((line) => line.trim());
}

const WIDE = "\\u2E80-\\u9FFF\\uF900-\\uFAFF\\uFF00-\\uFFEF"; // letters that a line may break between
const PARTS = new RegExp(`[${WIDE}]\\s*|[^\\s${WIDE}]+\\s*`, "gu");

function text(said, top, style) {
  const made = svg("text", { ...style, "xml:space": "preserve" });
  made.append(...said.map((line, row) => svg("tspan", { x: EDGE, y: top + (row + 0.85) * style["font-size"] * LINE }, line)));
  return made;
}

// An SVG element; the text is text, whatever letters it has, but for those that XML cannot hold.
function svg(tag, attributes, said = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = said.replaceAll(/[^\t\n\r\x20-\uFFFD\u{10000}-\u{10FFFF}]|\p{Surrogate}/gu, "\uFFFD");
  return made;
}

function opaque(colour, ground) {
  return !colour || colour === "transparent" || /,\s*0(\.0*)?\)$/.test(colour) ? ground : colour;
}

function escape(said) {
  return said.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

