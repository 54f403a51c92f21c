/* Volumes at any choice of thresholds. A level k > 0 says that a voxel belongs to the cleaned segment from the
   k-th threshold on, so that counting voxels gives the volumes of the library itself. */

/** Whether a voxel of a level belongs to the segment at the threshold of a position (counted from 0). */
function isIn(level, position) {
  return level > 0 && level <= position + 1;
}

/** Count the voxels of each pair of levels: rows by the level of core, columns by that of hypoperfusion. */
function countPairs(core, hypoperfusion, nCore, nHypoperfusion) {
  const pairs = Array.from({ length: nCore + 1 }, () => new Float64Array(nHypoperfusion + 1));
  for (let place = 0; place < core.length; place += 1) {
    pairs[core[place]][hypoperfusion[place]] += 1;
  }
  return pairs;
}

/** Return the volumes in mL and the ratio at two thresholds; hypoperfusion contains the core. */
function measure(pairs, corePosition, hypoperfusionPosition, voxelMl) {
  let core = 0;
  let hypoperfusion = 0;
  pairs.forEach((row, coreLevel) => row.forEach((voxels, level) => {
    const isCore = isIn(coreLevel, corePosition);
    core += isCore ? voxels : 0;
    hypoperfusion += isCore || isIn(level, hypoperfusionPosition) ? voxels : 0;
  }));
  return {
    core: core * voxelMl,
    hypoperfusion: hypoperfusion * voxelMl,
    penumbra: (hypoperfusion - core) * voxelMl,
    ratio: core > 0 ? hypoperfusion / core : null,
  };
}

/** Round as the library does: a number half way goes to the even digit. */
function rounded(value, digits) {
  const scaled = value * 10 ** digits;
  const isHalfWay = (value * 1024) % 1 === 0 && Math.abs(scaled % 1) === 0.5;
  return (isHalfWay ? (2 * Math.round(scaled / 2)) / 10 ** digits : value).toFixed(digits);
}

/** Return a volume in mL as it is read out. */
function volumeText(ml) {
  return rounded(Number(rounded(ml, 2)), 1);
}

/** Return a ratio as it is read out, or the text for none. */
function ratioText(ratio, noRatio) {
  return ratio === null ? noRatio : rounded(Number(rounded(ratio, 3)), 1);
}
