"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  for (const head of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const at = head.cellIndex;
      const value = (row) => Number(row.cells[at] && row.cells[at].dataset.v !== undefined ? row.cells[at].dataset.v : -1);
      const shown = rows.filter((row) => !row.classList.contains("border"));
      shown.sort((a, b) => (down ? value(b) - value(a) : value(a) - value(b)));
      body.replaceChildren(...shown);
    });
  }
}
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
