// Adds what the page can do without: filters, folding at once, and links that open what they point into.
(() => {
  "use strict";
  const find = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = document.getElementById("filters");

  let apply = () => {};

  // A link into something folded or filtered away shows it first.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    for (let node = target; node; node = node.parentElement) if (node.localName === "details") node.open = true;
    target.scrollIntoView();
  };

  // Paper cannot be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = find("details:not([open])");
    for (const node of folded) node.open = true;
  });
  addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });

  if (form) {
    const text = document.getElementById("filter-text");
    const rule = document.getElementById("filter-rule");
    const namespace = document.getElementById("filter-namespace");
    const shown = document.getElementById("shown");
    const all = shown.textContent;
    const groups = find(".group").map((node) => ({
      node,
      open: node.open,
      namespace: node.dataset.namespace,
      hits: find(".hit", node).map((hit) => ({
        node: hit,
        severity: hit.dataset.severity,
        verdict: hit.dataset.verdict,
        rule: hit.dataset.rule,
        findings: find(".finding", hit).map((finding) => ({ node: finding, namespace: finding.dataset.namespace })),
      })),
    }));
    const words = (node) => node.textContent.toLowerCase();
    let indexed = false;
    const index = () => {
      if (indexed) return;
      indexed = true;
      for (const group of groups) {
        const heading = words(group.node.querySelector("summary"));
        for (const hit of group.hits) {
          const head = heading + " " + words(hit.node.querySelector("h4"));
          for (const finding of hit.findings) finding.words = head + " " + words(finding.node);
        }
      }
    };
    const ticked = (name) => new Set(find(`input[name=${name}]:checked`, form).map((box) => box.value));
    const changed = () =>
      text.value.trim() || rule.selectedIndex || namespace.selectedIndex || find("input[type=checkbox]", form).some((box) => !box.checked);

    apply = () => {
      const active = Boolean(changed());
      const terms = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const severities = ticked("severity");
      const verdicts = ticked("verdict");
      if (terms.length) index();
      let total = 0;
      const visible = [];
      for (const group of groups) {
        let inGroup = 0;
        for (const hit of group.hits) {
          let inHit = 0;
          const wanted =
            severities.has(hit.severity) && verdicts.has(hit.verdict) && (!rule.selectedIndex || hit.rule === rule.value);
          for (const finding of hit.findings) {
            const place = finding.namespace ?? group.namespace;
            const show =
              wanted &&
              (!namespace.selectedIndex || place === namespace.value) &&
              terms.every((term) => finding.words.includes(term));
            finding.node.hidden = !show;
            inHit += show;
          }
          hit.node.hidden = !inHit;
          inGroup += inHit;
        }
        group.node.hidden = !inGroup;
        if (inGroup) visible.push(group);
        total += inGroup;
      }
      for (const group of visible) group.node.open = active ? visible.length <= 20 || group.open : group.open;
      document.body.classList.toggle("filtered", active);
      shown.textContent = active ? `Filtered: ${total.toLocaleString("en")} of ${all}` : all;
    };

    let waiting = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 120);
    });
    // The browser resets the controls only after this event.
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    const fold = (open) => () => {
      for (const group of groups) group.node.open = open;
    };
    document.getElementById("unfold").addEventListener("click", fold(true));
    document.getElementById("fold").addEventListener("click", fold(false));
    form.hidden = false;
    apply();
  }

  addEventListener("hashchange", reveal);
  reveal();
})();
