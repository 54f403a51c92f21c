/* Bytes that the page holds as text: compressed, each row written as its difference to the one above. */

/** Return the bytes (slices x rows x columns) of a script element with packed text. */
async function unpackedBlock(text, rows, columns) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = rows * columns;
  for (let start = 0; start < bytes.length; start += size) {
    for (let place = start + columns; place < start + size; place += 1) {
      bytes[place] += bytes[place - columns];
    }
  }
  return bytes;
}
