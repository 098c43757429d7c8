/**
 * Draws how far a picture is: what is not done yet is veiled, each tile that is done is uncovered.
 *
 * @module
 */

/**
 * @param {HTMLCanvasElement} canvas Covers the stage.
 * @param {{ x: number, y: number, width: number, height: number }} place Of the picture on the stage, in CSS pixels.
 * @param {readonly { x: number, y: number, width: number, height: number }[]} tiles Parts of the picture, 0 to 1.
 */
export function drawTiles(canvas, place, tiles) {
  const ratio = devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(ratio, ratio);
  context.fillStyle = "rgb(15 18 32 / 62%)";
  context.fillRect(place.x, place.y, place.width, place.height);
  const last = tiles.length - 1;
  for (const [i, tile] of tiles.entries()) {
    const x = place.x + tile.x * place.width;
    const y = place.y + tile.y * place.height;
    const width = tile.width * place.width;
    const height = tile.height * place.height;
    context.clearRect(x, y, width, height);
    context.strokeStyle = i === last ? "#fbbf24" : "rgb(165 180 252 / 55%)";
    context.lineWidth = i === last ? 2 : 1;
    context.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), Math.max(0, height - 1));
  }
}
