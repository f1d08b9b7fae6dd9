// A plotly figure that stays while its data change. Streamlit calls the default export at the first
// mount and at each change, with one parentElement for the element's whole life.

const KINDS = ["png", "svg", "pdf", "html", "csv"];
const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  modeBarButtons: [["zoom2d", "pan2d"], ["autoScale2d", "resetScale2d"]],
};
const PATIENCE = 120_000; // milliseconds to wait for a PDF
const charts = new WeakMap(); // parentElement -> Chart
const cursors = new Map(); // group -> {x, members: Set of Chart}
const printing = new Map(); // number of a PDF that was asked for -> what to do with it
let asked = ""; // the ground that the server was asked to draw on, until figures of it come

export default function ({ data, parentElement, setTriggerValue }) {
  let chart = charts.get(parentElement);
  if (!chart) charts.set(parentElement, (chart = new Chart(parentElement)));
  chart.send = setTriggerValue;
  const turn = chart.receive(data);
  chart.followTheme();
  // Streamlit also cleans up after a call that a newer one has overtaken: that must not end the chart.
  return () => {
    if (chart.turn !== turn) return;
    charts.delete(parentElement);
    chart.remove();
  };
}

// plotly.js is fetched once, kept as a Blob because the HTML export needs its text too

let loading = null;

function loadPlotly(path) {
  loading ??= fetchPlotly(path).catch((error) => {
    loading = null; // the next figure may try again
    throw error;
  });
  return loading;
}

async function fetchPlotly(path) {
  // Relative to the page, as Streamlit's own scripts are: right behind any base path or proxy.
  const url = new URL(path, document.baseURI);
  const response = await fetch(url, { cache: "force-cache" }); // the version is in the address
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok || !type.includes("javascript")) {
    throw new Error(`plotly.js: ${url.pathname} (${response.status})`); // unknown paths get index.html
  }
  const source = await response.blob();
  await runScript(source);
  return { Plotly: window.Plotly, source };
}

function runScript(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = URL.createObjectURL(source);
    script.onload = resolve;
    script.onerror = () => reject(new Error("plotly.js"));
    document.head.append(script);
  });
}

// One figure

class Chart {
  constructor(parent) {
    this.turn = 0;
    this.box = element("div", { class: "lv-chart" });
    this.figure = element("div", { class: "lv-figure" });
    this.plot = element("div", { class: "lv-plot", role: "figure" });
    this.lines = element("div", { class: "lv-cursor", "aria-hidden": "true" });
    this.message = element("p", { class: "lv-message", role: "alert" });
    this.saves = element("div", { class: "lv-saves", role: "group" });
    this.status = element("span", { role: "status" });
    this.buttons = KINDS.map((kind) => this.button(kind));
    this.saves.append(...this.buttons, this.status);
    this.figure.append(this.plot, this.lines);
    this.box.append(this.figure, this.message, this.saves);
    parent.append(this.box);
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerdown", (event) => this.press(event), { capture: true });
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.figure);
  }

  button(kind) {
    const button = element("button", { type: "button", "data-kind": kind });
    button.textContent = kind.toUpperCase();
    button.addEventListener("click", () => this.save(kind, button));
    return button;
  }

  receive(bytes) {
    const text = new TextDecoder().decode(bytes);
    if (text !== this.text) {
      this.text = text;
      const end = text.indexOf("\n");
      this.header = JSON.parse(text.slice(0, end));
      this.json = text.slice(end + 1);
      this.pending = true;
      this.label();
      this.join(this.header.cursor);
      printing.get(this.header.pdf?.n)?.(this.header.pdf);
      this.draw();
    }
    return ++this.turn;
  }

  label() {
    const { alt, words } = this.header;
    this.plot.setAttribute("aria-label", alt);
    this.saves.setAttribute("aria-label", words.group);
    for (const button of this.saves.querySelectorAll("button")) {
      button.title = words[button.dataset.kind];
      button.setAttribute("aria-label", words[button.dataset.kind]);
    }
  }

  // Streamlit calls on a change of the theme too, with the old figure: the server draws a new one.
  followTheme() {
    const shown = isDark(this.ground()) ? "dark" : "light";
    if (this.header.ground === shown) asked = "";
    else if (asked !== shown) this.send("ground", (asked = shown));
  }

  ground() {
    return getComputedStyle(this.box).getPropertyValue("--st-background-color") || "white";
  }

  // Draw the newest figure; what comes in the meantime waits, all but the last forgotten.
  async draw() {
    if (this.drawing) return;
    this.drawing = true;
    while (this.pending && !this.gone) {
      try {
        this.Plotly = (await loadPlotly(this.header.plotly)).Plotly;
        while (isDragging(this.plot)) await pause(30); // a zoom under way ends before its axes change
        this.pending = false;
        if (!this.gone) await this.react(JSON.parse(this.json));
        this.fail("");
      } catch (error) {
        this.pending = false;
        console.error(error);
        this.fail(`${this.header.words.failed} ${error.message}`);
      }
    }
    this.drawing = false;
  }

  async react({ data, layout, frames }) {
    const frame = keepSlider(this.plot, layout);
    this.height = layout.height ?? 420;
    this.plot.style.height = `${this.height}px`;
    delete layout.height; // the element's, so that the width can follow the page
    layout.autosize = true;
    const first = !drawn(this.plot);
    // Frames go with the figure: deleteFrames without indices loses its way from the eleventh on.
    await this.Plotly.react(this.plot, { data, layout, config: CONFIG, frames: frames ?? [] });
    if (frame) await this.show(frame);
    if (first) this.listen();
    this.drawCursor();
  }

  listen() {
    this.plot.on("plotly_afterplot", () => this.drawCursor());
    // The label says what is seen; numbers at the axes, read out one by one, do not.
    for (const drawing of this.plot.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true");
    this.plot.on("plotly_hover", (event) => this.follow(event));
    this.plot.on("plotly_hover", (event) => this.showPair(event));
    this.plot.on("plotly_click", (event) => this.pick(event));
    this.plot.on("plotly_unhover", () => (this.hovered = null));
    this.plot.on("plotly_sliderchange", ({ step }) => {
      const x = Number(step.value);
      if (this.timeIsSlider() && this.header.cursor && Number.isFinite(x)) moveCursor(this.header.cursor, x);
    });
  }

  show(frame) {
    const options = { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } };
    return this.Plotly.animate(this.plot, [frame], options);
  }

  fail(message) {
    this.message.textContent = message;
    this.figure.hidden = Boolean(message);
  }

  resize() {
    const width = this.figure.clientWidth;
    const shown = drawn(this.plot);
    if (!shown || !width || Math.abs(shown.width - width) < 1 || this.drawing) return;
    this.Plotly.Plots.resize(this.plot);
  }

  remove() {
    this.gone = true;
    this.join(null);
    this.observer.disconnect();
    this.box.remove();
    if (drawn(this.plot)) this.Plotly.purge(this.plot);
  }

  // The time cursor: lines above the plot, so that moving it redraws no figure

  join(group) {
    if (group === this.group) return;
    cursors.get(this.group)?.members.delete(this);
    if (cursors.get(this.group)?.members.size === 0) cursors.delete(this.group);
    this.group = group;
    if (!group) return;
    if (!cursors.has(group)) cursors.set(group, { x: null, members: new Set() });
    cursors.get(group).members.add(this);
  }

  timeIsSlider() {
    return this.plot.layout?.meta?.cursor === "slider";
  }

  point(event, scrub = false) {
    if (!this.group || this.timeIsSlider()) return;
    if (isDragging(this.plot) && !scrub) return;
    const { left, top } = this.plot.getBoundingClientRect();
    const x = this.hovered ?? timeAt(this.plot, event.clientX - left, event.clientY - top);
    if (x !== null) moveCursor(this.group, x, scrub);
  }

  // plotly lays a sheet over the page at a press, so that no click arrives: the release tells.
  press(down) {
    const release = (up) => {
      if (Math.hypot(up.clientX - down.clientX, up.clientY - down.clientY) < 4) this.point(down, true);
    };
    this.plot.ownerDocument.addEventListener("pointerup", release, { once: true, capture: true });
  }

  // Where plotly shows a hover label, the line stands at the labelled step, not at the pointer.
  follow({ points: [point] }) {
    if (!this.group || this.timeIsSlider() || !Number.isInteger(point.x)) return;
    if (!panelsOverX(this.plot).some(({ axis }) => axis === axisOf(point))) return;
    this.hovered = point.x;
    moveCursor(this.group, point.x);
  }

  // The row and the column of a map under the pointer, as the two curves of the figures beside it.
  showPair({ points: [{ pointNumber }] }) {
    const map = drawnTrace(this.plot, this.plot.layout?.meta?.map);
    if (!this.group || !map || !Array.isArray(pointNumber)) return;
    const { x, y, z, customdata: said } = map, [row, column] = pointNumber;
    const both = (rows) => [rows[row], Array.from(rows, (values) => values[column])];
    const curves = { x: [x, y], y: both(z), customdata: both(said) };
    for (const chart of cursors.get(this.group).members) {
      const names = chart.plot.layout?.meta?.curves;
      if (!names || chart.drawing) continue;
      const name = [names[0].replace("{n}", y[row]), names[1].replace("{n}", x[column])];
      chart.Plotly.restyle(chart.plot, { ...curves, name }, [0, 1]);
    }
  }

  // A click on a point of a trace that the figure names is the server's business.
  pick({ points }) {
    const named = [this.plot.layout?.meta?.pick].flat();
    const chosen = points.find(({ curveNumber }) => named.includes(curveNumber));
    if (!chosen) return;
    const { pointNumber: number, curveNumber } = chosen;
    const columns = drawnTrace(this.plot, curveNumber).x.length;
    this.send("picked", Array.isArray(number) ? number[0] * columns + number[1] : number);
  }

  drawCursor() {
    const x = cursors.get(this.group)?.x ?? null;
    const shown = drawn(this.plot);
    const panels = x === null || this.timeIsSlider() ? [] : panelsOverX(this.plot);
    this.lines.replaceChildren(...panels.map((panel) => cursorLine(panel, x)).filter(Boolean));
    this.lines.style.color = shown?.font.color;
    this.lines.style.setProperty("--lv-paper", shown?.paper);
  }

  scrub(x) {
    const slider = drawn(this.plot)?.slider;
    if (!this.timeIsSlider() || !slider) return;
    const step = nearest(slider.steps.map(({ value }) => Number(value)), x);
    if (step < 0 || step === slider.active) return;
    this.Plotly.relayout(this.plot, { "sliders[0].active": step });
    this.show(slider.steps[step].args[0][0]);
  }

  // Files

  async save(kind, button) {
    this.status.replaceChildren();
    button.setAttribute("aria-busy", "true");
    try {
      if (kind === "csv") document.querySelector(this.header.csv).click();
      else download(await this.file(kind), `${this.header.filename}.${kind}`);
    } catch (error) {
      console.error(error);
      this.status.textContent = `${this.header.words.not_saved} ${error.message}`;
      if (kind === "pdf") this.status.append(" ", this.button("svg"));
      this.label();
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  async file(kind) {
    const { Plotly, source } = await loadPlotly(this.header.plotly);
    const said = { ...this.header, link: location.href };
    if (kind === "html") return htmlFile(said, this.json, await source.text(), this.ground());
    const figure = { data: this.plot.data, layout: { ...this.plot.layout, height: this.height } };
    const drawn = await picture(Plotly, figure, said, this.ground());
    if (kind === "png") return pngOf(drawn);
    return kind === "svg" ? new Blob([svgText(drawn)], { type: "image/svg+xml" }) : this.print(drawn);
  }

  // The server prints the picture, and its answer comes with a figure, perhaps with several.
  async print(drawn) {
    const { no_pdf: missing, no_answer: late } = this.header.words, n = Date.now();
    if (missing) throw new Error(missing);
    const { error, pages } = await new Promise((resolve) => {
      printing.set(n, resolve); // whichever chart is told: a run may have put another in this one's place
      setTimeout(() => resolve({ error: late }), PATIENCE);
      this.send("print", { n, svg: svgText(drawn), link: location.href });
    });
    printing.delete(n);
    if (error) throw new Error(error);
    return new Blob([Uint8Array.from(atob(pages), (byte) => byte.charCodeAt(0))], { type: "application/pdf" });
  }
}

// Slider and cursor

// Put the new slider where the old one stands, if it has that step; return the step's frame.
function keepSlider(plot, layout) {
  const old = drawn(plot)?.slider;
  const next = layout.sliders?.[0];
  if (!old || !next) return null;
  const label = old.steps[old.active]?.label;
  const active = next.steps.findIndex((step) => step.label === label);
  if (active < 0 || active === (next.active ?? 0)) return null;
  next.active = active;
  return next.steps[active].args[0][0];
}

function nearest(values, x) {
  const away = values.map((value) => Math.abs(value - x));
  return away.indexOf(Math.min(...away));
}

function moveCursor(group, x, scrub = false) {
  const cursor = cursors.get(group);
  for (const chart of scrub ? cursor.members : []) chart.scrub(x);
  if (x === cursor.x) return;
  cursor.x = x;
  for (const chart of cursor.members) chart.drawCursor();
}

function timeAt(plot, px, py) {
  const within = (value, start, length) => value >= start && value <= start + length;
  const under = ({ left, top, width, height }) => within(px, left, width) && within(py, top, height);
  const panel = panelsOverX(plot).find(under);
  return panel ? Math.round(panel.xAt(px)) : null;
}

function cursorLine({ left, width, top, height, pixelOf }, x) {
  const px = pixelOf(x);
  if (!(px >= left - 1 && px <= left + width + 1)) return null;
  const line = element("div", { "data-x": x, class: px > left + width / 2 ? "lv-left" : "lv-right" });
  line.style.cssText = `left:${px}px; top:${top}px; height:${height}px`;
  line.append(element("span", {}, x));
  return line;
}

function download(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Small things

function element(tag, attributes, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(text);
  return made;
}

function isDark(colour) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = colour; // canvas turns any colour into #rrggbb
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(pen.fillStyle.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
