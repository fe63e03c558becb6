"use strict";
(() => {
  const order = new Intl.Collator("en", { numeric: true });
  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      head.dataset.name = head.textContent; // what print shows: a browser repeats no row with a button on every page
      button.append(...head.childNodes);
      head.append(button);
      if (!head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const each of heads) each.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * order.compare(key(a, column), key(b, column))));
      });
    });
  }

  const filters = document.getElementById("filters");
  if (filters) {
    const rows = [...document.querySelectorAll("#findings tbody tr")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const [level, family, split, words] = ["level", "family", "split", "words"].map((id) => document.getElementById(`by-${id}`));
    const narrow = () => {
      let shown = 0;
      rows.forEach((row, place) => {
        const fits =
          (!level.value || row.dataset.level === level.value) &&
          (!family.value || row.dataset.family === family.value) &&
          (!split.value || row.dataset.splits.split(" ").includes(split.value)) &&
          texts[place].includes(words.value.trim().toLowerCase());
        row.hidden = !fits;
        shown += fits;
      });
      document.getElementById("shown").textContent = `${shown} of ${rows.length} shown`;
    };
    filters.addEventListener("input", narrow);
    filters.hidden = false;
    narrow();
  }
})();
