"use strict";
const nodes = [...document.querySelectorAll(".graphs svg a")];
const search = document.querySelector("input");
const found = document.querySelector("output");
const sectionOf = (node) => document.getElementById(node.getAttribute("href").slice(1));
const texts = nodes.map((node) => sectionOf(node).textContent.toLowerCase());
const mark = () => {
  for (const node of nodes) node.classList.toggle("on", node.getAttribute("href") === location.hash);
};
const go = (step) => {
  const shown = nodes.filter((node) => !node.classList.contains("out") && node.getClientRects().length > 0);
  if (shown.length === 0) return;
  const at = shown.findIndex((node) => node.getAttribute("href") === location.hash);
  const next = shown[at < 0 ? 0 : Math.min(Math.max(at + step, 0), shown.length - 1)];
  location.replace(next.getAttribute("href"));
  next.querySelector("text").scrollIntoView({ block: "nearest" });
};
const filter = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = new Set();
  nodes.forEach((node, at) => {
    const hit = words.every((word) => texts[at].includes(word));
    node.classList.toggle("out", !hit);
    if (hit) hits.add(node.getAttribute("href"));
  });
  const all = new Set(nodes.map((node) => node.getAttribute("href")));
  found.textContent = words.length ? `${hits.size} of ${all.size}` : "";
};
addEventListener("hashchange", mark);
search.addEventListener("input", filter);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement === search) {
    if (event.key === "Escape") { search.value = ""; filter(); search.blur(); }
    else if (event.key === "Enter") { search.blur(); go(1); }
    return;
  }
  // Radio buttons have a use for the arrow keys of their own.
  if (document.activeElement?.type === "radio" && event.key.startsWith("Arrow")) return;
  const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
  if (event.key in steps) { go(steps[event.key]); event.preventDefault(); }
  else if (event.key === "/") { search.focus(); event.preventDefault(); }
});
mark();
