// Where every button stands.
() => [...document.querySelectorAll('button')].map(e => {
  const r = e.getBoundingClientRect(); return [e.innerText, Math.round(r.x), Math.round(r.y)].join('|');
})
