/**
 * What people have to know of a network, whatever it is exported to.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";

/** A list in Markdown: what it is, what goes in and comes out, and its limits. */
export function facts(graph: ExportGraph, bytes: number): string {
  const { arch, scale, inputChannels, outputChannels, minSize, noise, multiple } = graph;
  const colours = (channels: number) => channels === 1 ? "gray" : "RGB";
  const times = (size: string) => scale === 1 ? size : `${scale}·${size}`;
  const lines = [
    `The network ${arch}, ${
      scale === 1 ? "which keeps the size" : `which enlarges ${scale} times`
    }, ` +
    `${graph.parameters.toLocaleString("en")} parameters, ${
      bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
    }.`,
    "",
    `- Input \`lq\`: float32 \`[n, h, w, ${inputChannels}]\`, ${colours(inputChannels)} in [0, 1].`,
    `- Output \`sr\`: float32 \`[n, ${times("h")}, ${times("w")}, ${outputChannels}]\`, ` +
    `${colours(outputChannels)}; clip it to [0, 1].`,
    `- n, h and w may be anything${
      minSize > 1 ? ` from h = w = ${minSize} on` : ""
    }; memory grows with them, so cut large pictures into tiles.`,
  ];
  if (multiple > 1) {
    lines.push(
      `- Sizes that are no multiples of ${multiple} are padded inside, and the rest is cut off.`,
    );
  }
  if (noise !== undefined) {
    lines.push(`- The noise level is built in: sigma ${noise} (of 255).`);
  }
  return lines.join("\n");
}
