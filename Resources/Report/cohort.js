/* The table of a cohort: sorted, filtered, and drawn as far as it is scrolled. It asks nothing of a network. */
(function () {
  const PORTION = 60; // rows that are drawn at once: more than fit on a screen
  const data = JSON.parse(element("data").textContent);
  const titles = [...document.querySelectorAll("button.finding")].map((button) => button.textContent);
  const severities = [...document.querySelectorAll("button.finding")].map(
    (button) => button.closest("tr").querySelector("td").className
  );
  const collator = new Intl.Collator("en", { numeric: true });
  const state = { column: "study", ascending: true, status: "", words: "", finding: null };
  let shown = [];
  let drawn = 0;

  for (const row of data.rows) {
    const texts = [row.study, row.patient ? row.patient[0] : "", row.status, row.words, ...row.cells.map((cell) => cell[0])];
    row.haystack = [...texts, ...row.findings.map((place) => titles[place])].join("\n").toLowerCase();
  }

  function element(id) {
    return document.getElementById(id);
  }

  /** Return a new element of a class with children, which may be text. */
  function made(tag, className, ...children) {
    const node = document.createElement(tag);
    node.className = className;
    node.append(...children);
    return node;
  }

  /* ---- which rows, in which order ---- */

  function matches(row) {
    return (!state.status || row.status === state.status)
      && (state.finding === null || row.findings.includes(state.finding))
      && state.words.split(/\s+/).every((word) => row.haystack.includes(word));
  }

  /** Return what a row is sorted by; null comes last in both directions, and after it what has no result. */
  function sortValue(row) {
    if (state.column === "study") {
      return row.study;
    }
    if (!row.cells.length) {
      return null;
    }
    return state.column === "findings" ? row.findings.length : row.cells[Number(state.column)][1];
  }

  function compare(a, b) {
    return typeof a === "string" ? collator.compare(a, b) : a - b;
  }

  function sorted(rows) {
    const keyed = rows.map((row) => [sortValue(row), row]);
    const known = keyed.filter(([value]) => value !== null);
    const unknown = keyed.filter(([value]) => value === null);
    const sign = state.ascending ? 1 : -1;
    unknown.sort((a, b) => Number(!a[1].cells.length) - Number(!b[1].cells.length));
    known.sort((a, b) => sign * compare(a[0], b[0]));
    return [...known, ...unknown].map(([, row]) => row);
  }

  /* ---- drawing ---- */

  function pictureOf(row) {
    const cell = made("td", "picture");
    if (row.picture) {
      const image = made("img", "");
      image.loading = "lazy";
      image.width = 93;
      image.height = 93;
      image.alt = "Tmax of " + row.study;
      image.src = row.picture;
      cell.append(image);
    }
    return cell;
  }

  function nameOf(row) {
    const cell = made("th", "study");
    cell.scope = "row";
    if (row.report) {
      const link = made("a", "", row.study);
      link.href = row.report;
      cell.append(link);
    } else {
      cell.append(row.study);
    }
    if (row.patient) {
      const [patient, words] = row.patient;
      const button = made("button", "patient", words);
      button.type = "button";
      button.addEventListener("click", () => search(patient));
      cell.append(button);
    }
    return cell;
  }

  function findingsOf(row) {
    const cell = made("td", "findings-of-study");
    if (!row.findings.length) {
      cell.append(made("span", "nothing", "none"));
      return cell;
    }
    cell.append(made("strong", "", String(row.findings.length)), " ");
    row.findings.forEach((place, number) => {
      cell.append(number ? ", " : "", made("span", severities[place], titles[place]));
    });
    return cell;
  }

  function rowOf(row) {
    const line = made("tr", row.cells.length ? "" : "without " + row.status, pictureOf(row), nameOf(row));
    if (!row.cells.length) {
      const cell = made("td", "", made("strong", "", row.status), ": ", row.words);
      cell.colSpan = data.columns.length + 1;
      line.append(cell);
      return line;
    }
    row.cells.forEach(([text, value], place) => {
      const kind = data.columns[place] ? "word" : "value";
      line.append(made("td", value === null ? kind + " nothing" : kind, text));
    });
    line.append(findingsOf(row));
    return line;
  }

  function drawMore() {
    const portion = shown.slice(drawn, drawn + PORTION).map(rowOf);
    element("rows").append(...portion);
    drawn += portion.length;
  }

  /** Draw as long as the end of the table is near the window. */
  function fill() {
    while (drawn < shown.length && element("more").getBoundingClientRect().top < 2 * window.innerHeight) {
      drawMore();
    }
  }

  function show() {
    shown = sorted(data.rows.filter(matches));
    drawn = 0;
    element("rows").replaceChildren();
    drawMore();
    element("table").setAttribute("aria-rowcount", shown.length + 1);
    element("none").hidden = shown.length > 0;
    element("shown").textContent = shown.length + " of " + data.rows.length + " studies";
    for (const button of document.querySelectorAll(".studies thead button")) {
      const order = state.ascending ? "ascending" : "descending";
      const heading = button.closest("th");
      heading.setAttribute("aria-sort", button.dataset.column === state.column ? order : "none");
    }
    for (const button of document.querySelectorAll("button.finding")) {
      button.setAttribute("aria-pressed", Number(button.dataset.group) === state.finding);
    }
    element("chosen-finding").hidden = state.finding === null;
    element("chosen-finding").textContent = state.finding === null ? "" : "Finding: " + titles[state.finding];
  }

  /* ---- what the reader does ---- */

  function change(choice) {
    Object.assign(state, choice);
    show();
  }

  function search(words) {
    element("search").value = words;
    change({ words: words.trim().toLowerCase() });
  }

  for (const button of document.querySelectorAll(".studies thead button")) {
    button.addEventListener("click", () => {
      const column = button.dataset.column;
      change({ column, ascending: column === state.column ? !state.ascending : true });
    });
  }
  for (const button of document.querySelectorAll("button.finding")) {
    button.addEventListener("click", () => {
      const finding = Number(button.dataset.group);
      change({ finding: finding === state.finding ? null : finding });
      if (state.finding !== null) {
        element("studies").scrollIntoView();
      }
    });
  }
  element("chosen-finding").addEventListener("click", () => change({ finding: null }));
  element("search").addEventListener("input", () => search(element("search").value));
  element("status").addEventListener("change", () => change({ status: element("status").value }));
  window.addEventListener("scroll", fill, { passive: true });
  window.addEventListener("resize", fill);

  element("choice").hidden = false;
  element("table").hidden = false;
  show();
  document.documentElement.dataset.cohort = "ready";
}());
