// The table beside the drawn graph: the same boxes as rows; a row is chosen by click, Enter or arrows.
const drawn = new WeakMap();

function cell(tag, text, cls) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (cls) made.className = cls;
  return made;
}

function rowOf(row, chosen, choose) {
  const line = document.createElement("tr");
  line.dataset.node = row.id;
  if (chosen) line.setAttribute("aria-current", "true");
  const head = document.createElement("th");
  head.scope = "row";
  const button = cell("button", row.name);
  button.type = "button";
  if (chosen) button.setAttribute("aria-pressed", "true");
  head.append(button);
  if (row.second) head.append(cell("div", row.second, "eg-canvas-second"));
  line.append(head, cell("td", row.layer), cell("td", row.share, "eg-canvas-num"));
  const state = document.createElement("td");
  state.append(cell("span", row.sign, `eg-canvas-sign eg-canvas-${row.state}`), row.says);
  line.append(state);
  line.addEventListener("click", () => choose(row.id));
  return line;
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  if (next) next.focus();
  event.preventDefault();
}

export default function table({ data, parentElement, setStateValue }) {
  const frame = parentElement.querySelector(".eg-canvas-rows");
  const focused = document.activeElement?.closest?.("tr")?.dataset.node;
  const place = frame.scrollTop;
  const mine = document.createElement("table");
  const head = document.createElement("thead");
  const names = document.createElement("tr");
  data.head.forEach((name, i) => {
    const made = cell("th", name, i === 2 ? "eg-canvas-num" : "");
    made.scope = "col";
    names.append(made);
  });
  head.append(names);
  const body = document.createElement("tbody");
  const choose = (id) => setStateValue("selected", [id, Date.now()]);
  for (const row of data.rows) body.append(rowOf(row, row.id === data.selected, choose));
  mine.append(head, body);
  mine.setAttribute("aria-label", data.name);
  mine.addEventListener("keydown", walk);
  frame.replaceChildren(mine);
  frame.style.maxHeight = `${data.height}px`;
  frame.scrollTop = place;
  const chosen = body.querySelector("[aria-current]");
  if (chosen && drawn.get(frame) !== data.selected) {
    frame.scrollTop = Math.max(0, chosen.offsetTop - frame.clientHeight / 2);
  }
  drawn.set(frame, data.selected);
  if (focused) body.querySelector(`[data-node="${CSS.escape(focused)}"] button`)?.focus({ preventScroll: true });
  return () => frame.replaceChildren();
}
