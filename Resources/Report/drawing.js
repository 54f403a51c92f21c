/* Slices on a canvas. Maps are bytes: 0 outside the tissue, 1 tissue without a value, 2 to 255 evenly over the
   range of the map. */

const NO_VALUE = 1;
const LOWEST = 2;
const HIGHEST = 255;

/** Return the value of the map that a byte stands for. */
function valueOf(map, code) {
  return map.low + ((code - LOWEST) / (HIGHEST - LOWEST)) * (map.high - map.low);
}

/** Return what a byte of a map says, in words. */
function textOfCode(map, code) {
  if (code < LOWEST) {
    return `${map.title}: ${code === NO_VALUE ? "no value" : "outside the tissue"}`;
  }
  const sign = code === HIGHEST ? "≥ " : code === LOWEST && map.low !== 0 ? "≤ " : "";
  return `${map.title} ${sign}${valueOf(map, code).toFixed(map.decimals)} ${map.unit}`.trim();
}

/** Return the colours of all bytes of a map, as a canvas keeps pixels: four channels in one number. */
function colourTable(map, noValueColour) {
  const table = new Uint8ClampedArray(256 * 4);
  const [low, high] = map.window;
  for (let code = 0; code < 256; code += 1) {
    let colour = [0, 0, 0];
    if (code === NO_VALUE) {
      colour = noValueColour;
    } else if (code >= LOWEST) {
      const share = Math.min(1, Math.max(0, (valueOf(map, code) - low) / (high - low)));
      const place = share * (map.stops.length - 1);
      const stop = Math.min(Math.floor(place), map.stops.length - 2);
      colour = map.stops[stop].map(
        (channel, index) => channel + (place - stop) * (map.stops[stop + 1][index] - channel));
    }
    table.set([...colour, 255], 4 * code);
  }
  return new Uint32Array(table.buffer);
}

/** Return a slice of a map as a picture, one pixel for each byte. */
function slicePicture(map, bytes, slice, table) {
  const size = map.rows * map.columns;
  const image = new ImageData(map.columns, map.rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let place = 0; place < size; place += 1) {
    pixels[place] = table[bytes[slice * size + place]];
  }
  const picture = document.createElement("canvas");
  picture.width = map.columns;
  picture.height = map.rows;
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}

/** Fill the canvas with a picture whose pixels are `stride` voxels wide, `scale` canvas pixels for a voxel. */
function paintPicture(brush, picture, stride, scale) {
  brush.fillStyle = "#000";
  brush.fillRect(0, 0, brush.canvas.width, brush.canvas.height);
  brush.imageSmoothingQuality = "high";
  brush.drawImage(picture, 0, 0, picture.width * stride * scale[0], picture.height * stride * scale[1]);
}

/** Draw the edges between pixels in and out of a segment, on a dark line that sets them off. */
function strokeOutline(brush, isInside, rows, columns, scale, colour, width) {
  const inside = new Uint8Array((rows + 2) * (columns + 2));
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      inside[(row + 1) * (columns + 2) + column + 1] = isInside(row * columns + column) ? 1 : 0;
    }
  }
  brush.beginPath();
  edges(inside, rows + 1, columns, columns + 2, 1, (line, from, to) => {
    brush.moveTo(from * scale[0], line * scale[1]);
    brush.lineTo(to * scale[0], line * scale[1]);
  });
  edges(inside, columns + 1, rows, 1, columns + 2, (line, from, to) => {
    brush.moveTo(line * scale[0], from * scale[1]);
    brush.lineTo(line * scale[0], to * scale[1]);
  });
  brush.lineCap = "round";
  for (const [style, lineWidth] of [["rgba(0,0,0,.75)", 2.2 * width], [`rgb(${colour})`, width]]) {
    brush.strokeStyle = style;
    brush.lineWidth = lineWidth;
    brush.stroke();
  }
}

/** Call `report` with each run of edges across one direction of a mask that has a border of zeros. */
function edges(mask, lines, length, across, along, report) {
  for (let line = 0; line < lines; line += 1) {
    let from = -1;
    for (let step = 0; step <= length; step += 1) {
      const place = line * across + (step + 1) * along;
      const isEdge = step < length && mask[place] !== mask[place + across];
      if (isEdge && from < 0) {
        from = step;
      } else if (!isEdge && from >= 0) {
        report(line, from, step);
        from = -1;
      }
    }
  }
}

/** Write the sides of the patient and a scale bar for a canvas that shows `widthMm` millimetres. */
function paintMarks(brush, widthMm) {
  const { width, height } = brush.canvas;
  const size = Math.max(12, Math.round(width / 26));
  brush.fillStyle = "#fff";
  brush.font = `600 ${size}px system-ui, sans-serif`;
  brush.textBaseline = "middle";
  brush.textAlign = "left";
  brush.fillText("R", size / 3, height / 2);
  brush.textAlign = "right";
  brush.fillText("L", width - size / 3, height / 2);
  brush.fillRect(size / 2, height - size / 2, (50 * width) / widthMm, Math.max(2, size / 8));
  brush.font = `${Math.round(0.7 * size)}px system-ui, sans-serif`;
  brush.textAlign = "left";
  brush.fillText("5 cm", size / 2, height - 1.15 * size);
}
