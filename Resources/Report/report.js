/* The viewer of a CT-perfusion report. It shows what the page holds and asks nothing of a network. */
(function () {
  const study = JSON.parse(element("viewer-description").textContent);
  const canvas = element("stage");
  const brush = canvas.getContext("2d");
  const references = Object.keys(study.cores);
  const protocol = Object.freeze({
    reference: study.counted,
    core: study.cores[study.counted].position,
    hypoperfusion: study.hypoperfusion.position,
  });
  const state = {
    map: Math.max(0, study.maps.findIndex((map) => map.id === study.startMap)),
    slice: study.startSlice, outlines: true, pointer: null, ...protocol,
  };
  const blocks = new Map();
  const counts = {};
  let levels = {};

  function element(id) {
    return document.getElementById(id);
  }

  /** Return the bytes of a block; kept once they were asked for. */
  function block(name, rows, columns) {
    if (!blocks.has(name)) {
      blocks.set(name, unpackedBlock(element("block-" + name).textContent, rows, columns));
    }
    return blocks.get(name);
  }

  function mapBytes(map) {
    return block(map.id, map.rows, map.columns);
  }

  function showVolumes() {
    for (const [column, choice] of [["now", state], ["protocol", protocol]]) {
      const found = measure(counts[choice.reference], choice.core, choice.hypoperfusion, study.voxelMl);
      for (const name of ["core", "penumbra", "hypoperfusion"]) {
        element(column + "-" + name).textContent = volumeText(found[name]);
      }
      element(column + "-ratio").textContent = ratioText(found.ratio, study.noRatio);
    }
    const isChanged = Object.keys(protocol).some((key) => state[key] !== protocol[key]);
    element("what-if").classList.toggle("is-changed", isChanged);
    element("changed").textContent = isChanged ? "Changed from the protocol" : "As the protocol says";
    element("reset").disabled = !isChanged;
  }

  /* ---- drawing ---- */

  /** Fit the canvas into its column and the window, in the pixels of the screen. */
  function fit() {
    const room = canvas.parentElement.clientWidth - element("scale").offsetWidth;
    const [width, height] = pictureSize(study, room, 0.78 * window.innerHeight);
    const dots = window.devicePixelRatio || 1;
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
  }

  async function draw() {
    const map = study.maps[state.map];
    const bytes = await mapBytes(map);
    if (map !== study.maps[state.map]) {
      return;
    }
    const scale = [canvas.width / study.columns, canvas.height / study.rows];
    map.table = map.table || colourTable(map, study.noValueColour);
    paintPicture(brush, slicePicture(map, bytes, state.slice, map.table), map.stride, scale);
    if (state.outlines) {
      outline(inHypoperfusion, scale, study.colours.penumbra);
      outline(inCore, scale, study.colours.core);
    }
    paintMarks(brush, study.columns * study.columnStep);
    describe(map);
    showReadout();
  }

  function outline(isInside, scale, colour) {
    const start = state.slice * study.rows * study.columns;
    const width = Math.max(1.5, canvas.width / 330);
    strokeOutline(brush, (place) => isInside(start + place), study.rows, study.columns, scale, colour, width);
  }

  function inCore(place) {
    return isIn(levels[state.reference][place], state.core);
  }

  function inHypoperfusion(place) {
    return isIn(levels.hypoperfusion[place], state.hypoperfusion) || inCore(place);
  }

  /** Say in words what the canvas shows, and bring the colour scale up to date. */
  function describe(map) {
    const outlines = state.outlines ? "with the outlines of core and penumbra" : "without outlines";
    const place = `${sliceNumber(study, state.slice)} of ${study.slices}`;
    canvas.setAttribute("aria-label", `${map.label}, slice ${place}, ${outlines}`);
    element("slice-text").textContent = place;
    element("slice").setAttribute("aria-valuetext", place);
    const [low, high] = map.window;
    element("scale-bar").style.background =
      `linear-gradient(to top, ${map.stops.map((stop) => `rgb(${stop})`).join(",")})`;
    element("scale-high").textContent = high;
    element("scale-low").textContent = low;
    const threshold = thresholdOn(map);
    element("scale-mark").hidden = threshold === null;
    element("scale-mark").style.bottom = `${(100 * (threshold - low)) / (high - low)}%`;
  }

  /** Return the threshold that cuts a segment from a map, null if none does. */
  function thresholdOn(map) {
    const isCut = map.criterion !== "rCBF" || map.id === `rCBF_${state.reference}`;
    for (const [name, segment] of [["core", study.cores[state.reference]], ["hypoperfusion", study.hypoperfusion]]) {
      if (isCut && segment.map === map.criterion) {
        return segment.thresholds[state[name]];
      }
    }
    return null;
  }

  /* ---- the voxel under the pointer ---- */

  async function showReadout() {
    const readout = element("readout");
    if (!state.pointer) {
      readout.textContent = "Point at the picture to read values.";
      return;
    }
    const [row, column] = state.pointer;
    const shown = state.map === 0 ? [study.maps[0]] : [study.maps[state.map], study.maps[0]];
    const texts = await Promise.all(shown.map((map) => valueText(map, row, column)));
    const place = (state.slice * study.rows + row) * study.columns + column;
    const segment = inCore(place) ? "core" : inHypoperfusion(place) ? "penumbra" : "";
    readout.textContent = [...texts, segment, storedPlace(study, state.slice, row, column)].filter(Boolean).join(" · ");
  }

  async function valueText(map, row, column) {
    const bytes = await mapBytes(map);
    const line = state.slice * map.rows + Math.floor(row / map.stride);
    return textOfCode(map, bytes[line * map.columns + Math.floor(column / map.stride)]);
  }

  /* ---- controls ---- */

  function chooseMap(index) {
    if (index >= 0 && index < study.maps.length) {
      state.map = index;
      [...element("map-choice").children].forEach(
        (button, place) => button.setAttribute("aria-pressed", String(place === index)));
      draw();
    }
  }

  function chooseSlice(index) {
    state.slice = Math.min(Math.max(index, 0), study.slices - 1);
    element("slice").value = state.slice;
    draw();
  }

  function toggleOutlines() {
    state.outlines = !state.outlines;
    element("outlines").setAttribute("aria-pressed", String(state.outlines));
    draw();
  }

  /** Take over thresholds and reference, and let everything follow. */
  function choose(change) {
    Object.assign(state, change);
    for (const [name, segment] of [["core", study.cores[state.reference]], ["hypoperfusion", study.hypoperfusion]]) {
      const text = [segment.texts[state[name]], segment.also].filter(Boolean).join(" and ");
      element(name + "-text").textContent = text;
      element(name + "-threshold").value = state[name];
      element(name + "-threshold").setAttribute("aria-valuetext", text);
    }
    for (const button of element("references").querySelectorAll("input")) {
      button.checked = button.value === state.reference;
    }
    showVolumes();
    draw();
  }

  function reset() {
    choose(protocol);
  }

  function setUpControls() {
    study.maps.forEach((map, index) => {
      const button = document.createElement("button");
      const key = document.createElement("kbd");
      key.textContent = index + 1;
      button.type = "button";
      button.dataset.map = map.id;
      button.title = map.label;
      button.append(map.title + " ", key);
      button.setAttribute("aria-keyshortcuts", index + 1);
      button.addEventListener("click", () => chooseMap(index));
      element("map-choice").append(button);
    });
    element("slice").max = study.slices - 1;
    element("slice").addEventListener("input", (event) => chooseSlice(Number(event.target.value)));
    element("outlines").addEventListener("click", toggleOutlines);
    element("reset").addEventListener("click", reset);
    for (const [name, segment] of [["core", study.cores[study.counted]], ["hypoperfusion", study.hypoperfusion]]) {
      const slider = element(name + "-threshold");
      slider.max = segment.texts.length - 1;
      slider.disabled = segment.texts.length < 2;
      element(name + "-protocol").textContent = `protocol: ${segment.texts[protocol[name]]}`;
      slider.addEventListener("input", () => choose({ [name]: Number(slider.value) }));
    }
    element("references").hidden = references.length < 2;
    element("references").addEventListener("change", (event) => choose({ reference: event.target.value }));
    element("what-if").hidden = study.hypoperfusion.map === "";
  }

  function setUpPointer() {
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("pointerleave", () => {
      state.pointer = null;
      showReadout();
    });
    let turn = 0;
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) {
        event.preventDefault();
        turn += event.deltaY * (event.deltaMode === 0 ? 1 : 40);
        const steps = Math.trunc(turn / 40);
        turn -= 40 * steps;
        chooseSlice(state.slice - Math.sign(steps));
      }
    }, { passive: false });
    for (const image of document.querySelectorAll("img[data-map]")) {
      image.addEventListener("click", (event) => {
        const box = image.getBoundingClientRect();
        const tile = Math.floor(((event.clientX - box.left) / box.width) * study.mosaicSlices.length);
        chooseMap(study.maps.findIndex((map) => map.id === image.dataset.map));
        chooseSlice(study.mosaicSlices[Math.min(Math.max(tile, 0), study.mosaicSlices.length - 1)]);
        canvas.focus({ preventScroll: true });
        element("viewer").scrollIntoView();
      });
    }
  }

  function point(event) {
    state.pointer = pixelAt(study, canvas.getBoundingClientRect(), event.clientX, event.clientY);
    showReadout();
  }

  function setUpKeys() {
    const viewer = element("viewer");
    const actions = {
      ArrowUp: () => chooseSlice(state.slice + 1), ArrowRight: () => chooseSlice(state.slice + 1),
      ArrowDown: () => chooseSlice(state.slice - 1), ArrowLeft: () => chooseSlice(state.slice - 1),
      Home: () => chooseSlice(0), End: () => chooseSlice(study.slices - 1),
      o: toggleOutlines, p: reset,
    };
    document.addEventListener("keydown", (event) => {
      const isMeant = viewer.matches(":hover") || viewer.contains(document.activeElement);
      if (!isMeant || event.ctrlKey || event.altKey || event.metaKey) {
        return;
      }
      const ownsArrows = event.target.matches("input") && event.key.length > 1;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (/^[1-9]$/.test(key)) {
        chooseMap(Number(key) - 1);
      } else if (key in actions && !ownsArrows) {
        event.preventDefault();
        actions[key]();
      }
    });
  }

  /* ---- start ---- */

  async function start() {
    const { rows, columns, hypoperfusion } = study;
    const names = [...references, "hypoperfusion"];
    const segments = [...references.map((name) => study.cores[name]), hypoperfusion];
    const found = await Promise.all(segments.map((segment) => block(segment.block, rows, columns)));
    levels = Object.fromEntries(names.map((name, index) => [name, found[index]]));
    for (const name of references) {
      counts[name] = countPairs(
        levels[name], levels.hypoperfusion, study.cores[name].texts.length, hypoperfusion.texts.length);
    }
    element("viewer").hidden = false;
    element("no-viewer").hidden = true;
    document.documentElement.classList.add("has-viewer");
    setUpControls();
    setUpPointer();
    setUpKeys();
    fit();
    window.addEventListener("resize", () => {
      fit();
      draw();
    });
    element("slice").value = state.slice;
    choose(protocol);
    chooseMap(state.map);
    await draw();
    performance.mark("viewer-ready");
    document.documentElement.dataset.viewer = "ready";
  }

  if ("DecompressionStream" in window) {
    start();
  }
})();
