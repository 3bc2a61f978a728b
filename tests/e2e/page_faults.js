// Texts smaller than 13 px, texts cut off, boxes of one kind that cover each other.
() => {
  const faults = [];
  const shown = e => { const r = e.getBoundingClientRect(); return r.width > 1 && r.height > 1; };
  const ours = [...document.querySelectorAll('[class*="eg-"]')].filter(shown);
  for (const e of ours) {
    if (e.closest('.eg-hidden')) continue;
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    if (own && parseFloat(style.fontSize) < 13) faults.push(`small ${e.className}: ${e.textContent}`);
    if (style.textOverflow === 'ellipsis') faults.push(`ellipsis ${e.className}`);
    if (own && e.scrollWidth > e.clientWidth + 2 && style.display !== 'inline')
      faults.push(`cut ${e.className}: ${e.textContent.slice(0, 60)}`);
  }
  for (const kind of ['.eg-node', '.eg-step', '.eg-mark', '.eg-card', '.eg-tick']) {
    const boxes = [...document.querySelectorAll(kind)].filter(shown).map(e => [e, e.getBoundingClientRect()]);
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
      const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (wide > 1 && high > 1 && !a.contains(b) && !b.contains(a))
        faults.push(`overlap ${kind}: ${a.textContent.slice(0, 40)} / ${b.textContent.slice(0, 40)}`);
    }));
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) faults.push('page wider than window');
  return faults;
}
