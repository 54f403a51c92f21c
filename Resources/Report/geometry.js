/* Where a shown pixel lies in the volume as it is stored, and how large a slice is shown. */

/** Return the number of a shown slice as it is stored, counted from 1. */
function sliceNumber(study, slice) {
  return turned(slice, study.storage.flipSlices, study.slices) + 1;
}

/** Return column, row and slice of the stored volume, counted from 0. */
function storedPlace(study, slice, row, column) {
  const { storage } = study;
  const down = turned(row + storage.top, storage.flipRows, storage.rows);
  const right = turned(column + storage.left, storage.flipColumns, storage.columns);
  const [i, j] = storage.transpose ? [down, right] : [right, down];
  return `column ${i}, row ${j}, slice ${sliceNumber(study, slice) - 1} (counted from 0)`;
}

function turned(index, isFlipped, length) {
  return isFlipped ? length - 1 - index : index;
}

/** Return width and height of a slice that fits into a room without being distorted. */
function pictureSize(study, widest, highest) {
  const proportion = (study.rows * study.rowStep) / (study.columns * study.columnStep);
  const width = Math.max(160, Math.min(widest, highest / proportion));
  return [width, width * proportion];
}

/** Return row and column of the shown pixel at a place of the window; null outside the picture. */
function pixelAt(study, box, left, top) {
  const row = Math.floor(((top - box.top) / box.height) * study.rows);
  const column = Math.floor(((left - box.left) / box.width) * study.columns);
  return row >= 0 && row < study.rows && column >= 0 && column < study.columns ? [row, column] : null;
}
