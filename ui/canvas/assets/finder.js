// Results while typing: asks the API of this page's own origin, at most once a pause; outside text is text.
const PAUSE_MS = 150;
const held = new WeakMap();

function part(tag, text, cls) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (cls) made.className = cls;
  return made;
}

function rowOf(hit, data, choose) {
  const title = hit.title[data.lang] || hit.title.zh || hit.title.en;
  const made = part(hit.kind === "sop" ? "button" : "a", "", "eg-finder-row");
  if (hit.kind === "sop") {
    made.type = "button";
    made.addEventListener("click", () => choose(hit.id));
  } else {
    made.href = `${data.cases}&words=${encodeURIComponent(title)}`;
    made.target = "_self";
  }
  const name = hit.kind === "sop" ? `${hit.id.split(":").pop().toUpperCase()} ${title}` : title;
  const told = part("span", "", "eg-finder-told");
  told.append(part("b", name));
  made.append(part("span", data.kinds[hit.kind], "eg-finder-kind"), told);
  if (hit.flags?.length) told.append(" ", part("span", `▲ ${data.flagged}`, "eg-finder-flag"));
  if (hit.section) {
    const step = hit.step ? ` ${hit.step}` : "";
    told.append(" ", part("span", `${data.sections[hit.section] || ""}${step}`, "eg-finder-why"));
  }
  return made;
}

function show(state, hits, says) {
  state.list.replaceChildren(...hits.map((hit) => rowOf(hit, state.data, state.choose)));
  state.status.textContent = says;
}

async function ask(state) {
  const words = state.input.value.trim();
  state.asking?.abort();
  if (!words) return show(state, [], "");
  const mine = new AbortController();
  state.asking = mine;
  const query = new URLSearchParams({ q: words.slice(0, 200), limit: "8" });
  try {
    const answer = await fetch(`/api/v1/knowledge/search?${query}`, { credentials: "same-origin", signal: mine.signal });
    if (!answer.ok) return show(state, [], answer.status === 422 ? "" : state.data.failed);
    const found = await answer.json();
    if (state.asking !== mine) return;
    const says = found.results.length ? state.data.count.replace("0", String(found.results.length)) : state.data.none;
    show(state, found.results, says);
  } catch (error) {
    if (error.name !== "AbortError") show(state, [], state.data.failed);
  }
}

function walk(event, state) {
  if (event.key === "Escape") {
    state.input.value = "";
    ask(state);
    state.input.focus();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [state.input, ...state.list.children];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) next.focus();
  event.preventDefault();
}

function build(frame) {
  const state = { input: part("input", "", "eg-finder-input"), status: part("div", "", "eg-finder-says"), list: part("div", "", "eg-finder-list") };
  state.input.type = "search";
  state.input.maxLength = 200;
  state.input.autocomplete = "off";
  state.status.setAttribute("role", "status");
  let waiting = 0;
  state.input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(state), PAUSE_MS);
  });
  state.input.addEventListener("compositionend", () => ask(state));
  frame.addEventListener("keydown", (event) => walk(event, state));
  frame.replaceChildren(state.input, state.status, state.list);
  return state;
}

export default function finder({ data, parentElement, setStateValue }) {
  const frame = parentElement.querySelector(".eg-finder");
  const state = held.get(frame) || build(frame);
  held.set(frame, state);
  state.data = data;
  state.choose = (id) => setStateValue("selected", [id, Date.now()]);
  state.input.placeholder = data.hint;
  state.input.setAttribute("aria-label", data.hint);
}
