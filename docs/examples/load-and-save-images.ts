/**
 * Takes the images of an archive in, says what they share, and writes them to a new archive.
 *
 *     node load-and-save-images.ts STORE ARCHIVE OUTPUT
 */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { imageUsage, listImages, loadImages, saveImages } from "@shale/image";
import { openStore } from "@shale/store";

const [path = "example-store", archive = "images.tar", output = "saved.tar"] =
  process.argv.slice(2);
await using store = await openStore(path);

// A docker archive or an OCI layout, plain or compressed; `{ stream }` takes it from a pipe.
for (const { reference, layers } of await loadImages(store, { path: archive })) {
  const known = layers.filter(({ status }) => status === "exists").length;
  console.log(`${reference}: ${layers.length} layers, ${known} of them known`);
}

const { images, layers } = await imageUsage(store);
console.log(`${images} images, ${layers.referenced} layers, ${layers.unique} different ones`);

// Any tool that loads a docker archive or an OCI layout reads it.
const references = (await listImages(store)).flatMap(({ reference }) => reference ?? []);
await pipeline(saveImages(store, references), createWriteStream(output));
console.log(`saved ${references.join(", ")}`);

/* prints:
one:latest: 2 layers, 0 of them known
two:latest: 2 layers, 1 of them known
2 images, 4 layers, 3 different ones
saved one:latest, two:latest
*/
