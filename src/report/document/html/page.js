"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const make = (tag, props, ...inside) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...inside.filter((part) => part !== null && part !== undefined));
    return node;
  };

  // The two sides of a text, line by line: what goes faces what comes.
  const sides = (lines) => {
    const [left, right] = [make("pre", {}), make("pre", {})];
    const line = (side, kind, text) => {
      const word = { out: "removed: ", in: "added: " }[kind];
      side.append(make("span", { className: kind }, word ? make("span", { className: "vh" }, word) : null, text));
    };
    let at = 0;
    while (at < lines.length) {
      if (lines[at][0] === " ") {
        line(left, "same", lines[at][1]);
        line(right, "same", lines[at][1]);
        at += 1;
        continue;
      }
      const [out, come] = [[], []];
      for (; at < lines.length && lines[at][0] !== " "; at += 1) {
        (lines[at][0] === "-" ? out : come).push(lines[at][1]);
      }
      for (let n = 0; n < Math.max(out.length, come.length); n += 1) {
        n < out.length ? line(left, "out", out[n]) : line(left, "none", "");
        n < come.length ? line(right, "in", come[n]) : line(right, "none", "");
      }
    }
    return [left, right];
  };

  const table = (entry) => {
    const head = make("tr", {}, ...["Attribute", "Before", "After"].map((t) => make("th", { scope: "col" }, t)));
    const body = make("tbody", {});
    for (const row of entry.rows) {
      const name = make("th", { scope: "row" }, make("code", {}, row.path));
      if (row.forces) name.append(make("span", { className: "forces" }, "forces replacement"));
      let cells;
      if (row.lines) {
        cells = sides(row.lines);
      } else {
        const cell = (text, tag) => (text === null ? "" : make(tag, {}, text));
        cells = [cell(row.before, "del"), cell(row.after, "ins")];
      }
      body.append(make("tr", {}, name, ...cells.map((c) => make("td", {}, c))));
    }
    const kept = entry.unchanged ? `, ${entry.unchanged} unchanged` : "";
    const caption = make("caption", {}, `Differences${kept}`);
    return make("table", {}, caption, make("thead", {}, head), body);
  };

  // An entry is filled when it is opened for the first time.
  const fill = (details) => {
    if (details.dataset.filled) return;
    details.dataset.filled = "yes";
    const entry = data[details.dataset.list][Number(details.dataset.n)];
    const body = make("div", { className: "body" });
    body.append(make("p", {}, entry.sentence, entry.place ? make("span", {}, " · ", make("code", {}, entry.place)) : null));
    for (const remark of entry.remarks) body.append(make("p", {}, remark));
    if (entry.forced.length) body.append(make("p", { className: "alarm" }, `Replacement is forced by ${entry.forced.join(", ")}`));
    if (entry.why.length) {
      const list = make("ul", { className: "why" });
      for (const [depth, text] of entry.why) {
        const item = make("li", {}, text);
        item.style.setProperty("--depth", depth);
        list.append(item);
      }
      body.append(make("h4", {}, "Why"), list);
    }
    if (entry.brings.length) {
      body.append(make("h4", {}, "What comes of it"));
      body.append(make("ul", {}, ...entry.brings.map((name) => make("li", {}, link(name)))));
    }
    if (entry.rows.length) body.append(table(entry));
    details.append(body);
  };

  const index = new Map(data.entries.map((entry, n) => [entry.name, n]));
  const link = (name) => {
    const code = make("code", {}, name);
    return index.has(name) ? make("a", { href: `#e${index.get(name)}` }, code) : code;
  };

  const all = [...document.querySelectorAll("details[data-list]")];
  for (const details of all) details.addEventListener("toggle", () => details.open && fill(details));

  const openHash = () => {
    const details = document.getElementById(location.hash.slice(1));
    if (!details || !details.dataset || details.dataset.list === undefined) return;
    details.closest("li").hidden = false;
    const module = details.closest(".module");
    if (module) module.hidden = false;
    fill(details);
    details.open = true;
    details.querySelector("summary").focus();
    details.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", openHash);
  // The same link may be chosen again after its entry was closed.
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("a[href^='#e']");
    if (chosen && chosen.getAttribute("href") === location.hash) openHash();
  });

  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  const form = document.getElementById("filter");
  if (form) {
    form.hidden = false;
    const search = document.getElementById("search");
    const count = document.getElementById("count");
    const boxes = [...form.querySelectorAll("input[name=what]")];
    const entries = all.filter((d) => d.dataset.list === "entries");
    const items = entries.map((d) => d.closest("li"));
    const modules = [...document.querySelectorAll(".module")];
    let texts = null;
    const apply = () => {
      // What is searched is put together when it is first asked for.
      texts = texts || data.entries.map((entry) => JSON.stringify(entry).toLowerCase());
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean).map((w) => JSON.stringify(w).slice(1, -1));
      const shown = new Set(boxes.filter((b) => b.checked).map((b) => b.value));
      let n = 0;
      entries.forEach((details, i) => {
        const fits = shown.has(details.dataset.what) && words.every((w) => texts[i].includes(w));
        items[i].hidden = !fits;
        n += fits ? 1 : 0;
      });
      for (const module of modules) module.hidden = !module.querySelector("li:not([hidden])");
      count.textContent = `${n} of ${entries.length} shown`;
    };
    let timer = 0;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply();
    });
    boxes.forEach((box) => box.addEventListener("change", apply));
    const visible = () => entries.filter((_, i) => !items[i].hidden);
    document.getElementById("all").addEventListener("click", () => {
      const some = visible().slice(0, 500);
      const open = some.some((d) => !d.open);
      for (const details of some) {
        if (open) fill(details);
        details.open = open;
      }
    });
    for (const node of document.querySelectorAll("a[data-find]")) {
      node.addEventListener("click", () => {
        search.value = node.dataset.find;
        apply();
      });
    }
    const clear = () => {
      search.value = "";
      boxes.forEach((box) => (box.checked = true));
      apply();
    };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") return clear();
      const typing = event.target.matches("input[type=search]");
      if (typing) return;
      if (event.key === "/") {
        event.preventDefault();
        search.focus();
      } else if (event.key === "j" || event.key === "k") {
        const list = visible();
        const at = list.indexOf(document.activeElement.closest("details[data-list]"));
        const next = event.key === "j" ? at + 1 : Math.max(at - 1, 0);
        if (list[next]) list[next].querySelector("summary").focus();
      }
    });
    apply();
  }
  openHash();
})();
