"use strict";
// Light and dark; sorting by the heads of tables; finding and filtering in the grid. Without it the pages still say everything.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  const remembered = () => { try { return localStorage.getItem("chapter10-theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("chapter10-theme", theme); } catch { /* this page alone, then */ } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (system.matches ? "dark" : "light");
  const chosen = remembered();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  function watchTheme(button) {
    const other = () => (theme() === "dark" ? "light" : "dark");
    const label = () => { button.textContent = other() === "dark" ? "Dark" : "Light"; };
    button.addEventListener("click", () => { root.dataset.theme = other(); remember(root.dataset.theme); label(); });
    system.addEventListener("change", label);
    label();
  }

  const ROWS = 200; // on screen at once: a browser lays out more only slowly
  function watchGrid(grid) {
    const find = document.getElementById("find"), only = document.getElementById("only");
    const shown = document.getElementById("shown"), pager = document.getElementById("pager");
    let first = 0;
    const show = () => {
      const sought = find.value.trim().toLowerCase(), status = only.value;
      const rows = [...grid.tBodies[0].rows];
      grid.querySelectorAll(".near").forEach((row) => row.classList.remove("near"));
      const fits = rows.filter((row) => {
        row.hidden = !row.dataset.find.includes(sought) || (status !== "" && !row.dataset.has.split(" ").includes(status));
        return !row.hidden;
      });
      first = Math.max(0, Math.min(first, Math.floor((fits.length - 1) / ROWS) * ROWS));
      fits.slice(first, first + ROWS).forEach((row) => row.classList.add("near"));
      const last = Math.min(first + ROWS, fits.length);
      const range = fits.length > ROWS ? `, ${first + 1} to ${last} on screen` : "";
      shown.textContent = `${fits.length} of ${rows.length} students${range}`;
      pager.hidden = fits.length <= ROWS;
    };
    const again = () => { first = 0; show(); };
    find.addEventListener("input", again);
    only.addEventListener("change", again);
    pager.addEventListener("click", (event) => { first += ROWS * Number(event.target.dataset.step || 0); show(); });
    grid.addEventListener("sorted", again);
    show();
  }

  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  function watchSorting(table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      head.querySelector("button")?.addEventListener("click", () => {
        const numbers = head.dataset.sort === "number";
        const before = head.getAttribute("aria-sort");
        const direction = before === null ? (numbers ? "descending" : "ascending")
          : before === "ascending" ? "descending" : "ascending";
        const sign = direction === "ascending" ? 1 : -1;
        const key = (row) => (numbers ? Number(row.cells[column].dataset.value) : row.cells[column].textContent.trim());
        const keyed = [...table.tBodies[0].rows].map((row) => [key(row), row]);
        keyed.sort(([one], [other]) => sign * (numbers ? one - other : collator.compare(one, other)));
        table.tBodies[0].append(...keyed.map(([, row]) => row));
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", direction);
        table.dispatchEvent(new Event("sorted"));
      });
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    watchTheme(document.getElementById("theme"));
    document.querySelectorAll("table.sorted").forEach(watchSorting);
    const grid = document.getElementById("grid");
    if (grid) watchGrid(grid);
  });
})();
