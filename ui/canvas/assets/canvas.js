// The drawn graph: a wrapper of cytoscape.js that draws what ui/canvas/layout.py has placed.
// No physics, no animation, no zoom by the wheel alone; texts are drawn on a canvas, never as HTML.
import cytoscape from "./cytoscape.esm.min.js";

const TOKENS = [
  "bg", "panel", "raised", "text", "text2", "text3", "line", "control", "link",
  "p0", "p0-fill", "p1", "unknown", "tint-broken", "tint-selected", "tint-unknown",
];
const FONT = 'Inter, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const views = new WeakMap();

/** Read the tokens as the theme in force resolves them. */
function coloursIn(box) {
  const probe = document.createElement("span");
  box.append(probe);
  const found = {};
  for (const name of TOKENS) {
    probe.style.color = `var(--eg-${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

function sheet(c) {
  const edge = (color, width, more) => ({ "line-color": color, width, opacity: 1, ...more });
  return [
    { selector: "node", style: {
      shape: "round-rectangle", "corner-radius": 6, width: "data(w)", height: "data(h)",
      "background-color": c.raised, "border-width": 1, "border-color": c.control,
      label: "data(label)", "font-family": FONT, "font-size": 13, color: c.text, "line-height": 1.25,
      "text-wrap": "wrap", "text-max-width": 400, "text-valign": "center", "text-halign": "center",
      "z-index": 2, "overlay-opacity": 0,
    } },
    { selector: "node[type='band']", style: {
      "background-color": c.bg, "border-width": 0, label: "", events: "no",
      "z-compound-depth": "bottom", "z-index": 0, "corner-radius": 6,
    } },
    { selector: "node[type='name']", style: {
      "background-opacity": 0, "border-width": 0, color: c.text3, events: "no", "z-index": 1,
    } },
    { selector: "node[type='badge']", style: {
      "background-color": c.panel, "border-color": c.text2, "corner-radius": 4, events: "no",
      "z-index": 4, "font-weight": 700,
    } },
    { selector: "node[layer='step']", style: { "corner-radius": 16 } },
    { selector: "node[state='broken']", style: {
      "border-width": 2, "border-color": c["p0-fill"], "background-color": c["tint-broken"],
    } },
    { selector: "node[state='degraded']", style: { "border-width": 2, "border-color": c.p1 } },
    { selector: "node[state='unsure']", style: {
      "border-style": "dashed", "border-color": c.unknown, "background-color": c["tint-unknown"],
    } },
    { selector: "node[?top]", style: {
      "border-width": 2, "border-color": c.link, "background-color": c["tint-selected"],
      "font-weight": 700,
    } },
    { selector: "node.chosen", style: {
      "outline-width": 2, "outline-offset": 3, "outline-color": c.link, "outline-opacity": 1,
    } },
    { selector: "node.chosen[state='clear']", style: {
      "border-width": 2, "border-color": c.link, "background-color": c["tint-selected"],
    } },
    { selector: "node.here", style: {
      "outline-width": 2, "outline-offset": 2, "outline-color": c.text, "outline-opacity": 1,
    } },
    { selector: "edge", style: {
      "curve-style": "straight", "z-index": 1, "z-index-compare": "manual", "overlay-opacity": 0,
      events: "no", ...edge(c.control, 1, { opacity: 0 }),
    } },
    { selector: "edge[?faint]", style: { opacity: 0.4 } },
    { selector: "node", style: { "z-index-compare": "manual" } },
    { selector: "edge.near", style: edge(c.control, 1.2) },
    { selector: "edge[way]", style: {
      ...edge(c.link, 2.4), "z-index": 1, "curve-style": "round-segments", "edge-distances": "endpoints",
      "source-endpoint": "data(from)", "target-endpoint": "data(to)", "segment-radii": 7,
      "segment-weights": "data(weights)", "segment-distances": "data(distances)",
    } },
    { selector: "edge[way][?plain]", style: { "curve-style": "straight" } },
    { selector: "edge[way='second']", style: { "line-style": "dashed", "line-dash-pattern": [7, 5] } },
  ];
}

/** Turn corner points into the weights and distances that cytoscape's segments want. */
function bent(start, end, points) {
  const v = { x: end.x - start.x, y: end.y - start.y };
  const square = v.x * v.x + v.y * v.y || 1;
  const length = Math.sqrt(square);
  const weights = points.map((p) => ((p.x - start.x) * v.x + (p.y - start.y) * v.y) / square);
  const distances = points.map((p) => ((p.y - start.y) * v.x - (p.x - start.x) * v.y) / length);
  return { weights, distances };
}

/** Lay the placed boxes over the width there is: x comes as a share of the plane. */
function elements(data, width) {
  const plane = width - data.left - data.right;
  const across = (share) => data.left + share * plane;
  const boxWidth = plane / data.columns - data.gutter;
  const found = [];
  const at = {};
  data.bands.forEach((band, i) => {
    found.push({ data: { id: `band/${i}`, type: "band", w: width, h: band.h },
      position: { x: width / 2, y: band.y } });
    found.push({ data: { id: `name/${i}`, type: "name", label: band.label, w: 10, h: 10 },
      position: { x: data.left / 2, y: band.y } });
  });
  for (const node of data.nodes) {
    at[node.id] = { x: across(node.x), y: node.y, h: node.h };
    found.push({ data: { ...node, w: boxWidth }, position: { x: at[node.id].x, y: node.y } });
    if (node.badge) {
      found.push({ data: { id: `badge/${node.id}`, type: "badge", label: node.badge, w: 17, h: 17 },
        position: { x: at[node.id].x + boxWidth / 2 - 6, y: node.y - node.h / 2 } });
    }
  }
  for (const [i, edge] of data.edges.entries()) {
    found.push({ data: { id: `edge/${i}`, source: edge[0], target: edge[1], faint: edge[2] } });
  }
  for (const [i, way] of data.ways.entries()) {
    const from = way.from === "below" ? 1 : -1;
    const to = way.to === "below" ? 1 : -1;
    const a = at[way.source], b = at[way.target];
    const start = { x: a.x, y: a.y + (from * a.h) / 2 };
    const end = { x: b.x, y: b.y + (to * b.h) / 2 };
    const points = way.points.map(([share, shift, y]) => ({ x: across(share) + shift, y }));
    const straight = points.length === 0 || Math.abs(start.x - end.x) < 1 && points.length < 3;
    found.push({ data: { id: `way/${i}`, source: way.source, target: way.target, way: way.kind,
      plain: straight, from: [`${0}px`, `${(from * a.h) / 2}px`].join(" "),
      to: ["0px", `${(to * b.h) / 2}px`].join(" "), ...bent(start, end, points) } });
  }
  return found;
}

/** Draw everything anew at the width of the frame; nothing moves by itself afterwards. */
function draw(view) {
  const { cy, box, data } = view;
  const width = Math.max(box.parentElement.clientWidth, data.least);
  box.style.width = `${width}px`;
  box.style.height = `${data.height}px`;
  view.width = width;
  cy.batch(() => {
    cy.elements().remove();
    cy.add(elements(data, width));
  });
  cy.style(sheet(coloursIn(box)));
  cy.resize();
  cy.zoom(1);
  cy.pan({ x: 0, y: 0 });
  choose(view, data.selected);
  box.dataset.nodes = String(data.nodes.length);
  box.dataset.ready = String((Number(box.dataset.ready) || 0) + 1);
}

function choose(view, id) {
  view.cy.elements(".chosen, .near").removeClass("chosen near");
  const node = id ? view.cy.getElementById(id) : null;
  if (node && node.nonempty()) {
    node.addClass("chosen");
    node.connectedEdges("[!way]").addClass("near");
  }
  view.box.dataset.chosen = id || "";
}

function report(view, id) {
  choose(view, id);
  // The count makes a second choice of the same box a new value.
  view.component.setStateValue("selected", [id, Date.now()]);
}

function stand(view, id) {
  view.cy.elements(".here").removeClass("here");
  view.here = id;
  const node = id ? view.cy.getElementById(id) : null;
  if (node && node.nonempty()) {
    node.addClass("here");
    view.says.textContent = node.data("title");
  }
}

/** Find the box to walk to: a neighbour that way, else the next box of the same row. */
function nextBox(view, [dx, dy]) {
  const boxes = view.cy.nodes("[layer]");
  const here = view.cy.getElementById(view.here || view.data.selected || "");
  if (here.empty()) return boxes.empty() ? null : boxes[0].id();
  const from = here.position();
  const ahead = (set) => set
    .map((n) => ({ id: n.id(), x: n.position("x") - from.x, y: n.position("y") - from.y }))
    .map((n) => ({ ...n, along: n.x * dx + n.y * dy, aside: Math.abs(n.x * dy) + Math.abs(n.y * dx) }))
    .filter((n) => n.along > 1)
    .sort((a, b) => a.along + 2 * a.aside - (b.along + 2 * b.aside) || (a.id < b.id ? -1 : 1));
  const near = here.neighborhood("node[layer]").not(here);
  const found = dx ? ahead(near.filter((n) => Math.abs(n.position("y") - from.y) < 1)) : ahead(near);
  const row = boxes.filter((n) => Math.abs(n.position("y") - from.y) < 1);
  return (found[0] || (dx ? ahead(row)[0] : ahead(boxes)[0]) || { id: view.here }).id;
}

function press(view, event) {
  if (STEPS[event.key]) {
    const next = nextBox(view, STEPS[event.key]);
    if (next) stand(view, next);
  } else if (event.key === "Enter") {
    const id = view.here || view.data.selected;
    if (id) report(view, id);
  } else if (event.key === "Escape") {
    stand(view, null);
    view.box.blur();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function wheel(view, event) {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const frame = view.box.getBoundingClientRect();
  const level = Math.min(2.5, Math.max(1, view.cy.zoom() * (event.deltaY < 0 ? 1.1 : 1 / 1.1)));
  const point = { x: event.clientX - frame.x, y: event.clientY - frame.y };
  view.cy.zoom({ level, renderedPosition: point });
  if (level === 1) view.cy.pan({ x: 0, y: 0 });
  view.cy.userPanningEnabled(level > 1);
}

function open(component, box) {
  const cy = cytoscape({
    container: box, elements: [], layout: { name: "preset" }, minZoom: 1, maxZoom: 2.5,
    userZoomingEnabled: false, userPanningEnabled: false, boxSelectionEnabled: false,
    autoungrabify: true, autounselectify: true, pixelRatio: "auto",
  });
  const view = { cy, box, component, data: component.data, here: null, width: 0 };
  view.says = box.parentElement.parentElement.querySelector(".eg-canvas-says");
  cy.on("tap", "node[layer]", (event) => report(view, event.target.id()));
  cy.on("mouseover", "node[layer]", () => { box.style.cursor = "pointer"; });
  cy.on("mouseout", "node[layer]", () => { box.style.cursor = "default"; });
  view.listeners = new AbortController();
  const signal = view.listeners.signal;
  box.addEventListener("keydown", (event) => press(view, event), { signal });
  box.addEventListener("focus", () => stand(view, view.here || view.data.selected), { signal });
  box.addEventListener("blur", () => cy.elements(".here").removeClass("here"), { signal });
  box.addEventListener("wheel", (event) => wheel(view, event), { signal, passive: false });
  view.observer = new ResizeObserver(() => {
    const width = Math.max(box.parentElement.clientWidth, view.data.least);
    if (width !== view.width) draw(view);
  });
  view.observer.observe(box.parentElement);
  box.cy = cy;
  return view;
}

function close(view) {
  view.observer.disconnect();
  view.listeners.abort();
  view.cy.destroy();
  views.delete(view.box);
}

export default function canvas(component) {
  const box = component.parentElement.querySelector(".eg-canvas");
  let view = views.get(box);
  if (!view) {
    view = open(component, box);
    views.set(box, view);
  }
  view.component = component;
  view.data = component.data;
  box.setAttribute("aria-label", component.data.name);
  view.turn = (view.turn || 0) + 1;
  const turn = view.turn;
  draw(view);
  // A call that was overtaken by a newer one is cleaned up too: only the last one may close.
  return () => { if (views.get(box) === view && view.turn === turn) close(view); };
}
