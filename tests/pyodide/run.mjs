/* Runs notebooks as a page does, without a browser: the bundle's own Pyodide, packages and page_kernel, under Node.

   stdin   {"python", "runner": the built folders, "index": the package index,
            "notebooks": {name: [{id, source, skip}]}}
   stdout  one line for each notebook, as soon as it is done: {"notebook", "outputs": {cell id: [notebook outputs]}}

   Each notebook gets an interpreter of its own. */
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

process.on("uncaughtException", (error) => {
  console.error(String(error.message).slice(-2000)); // Node would print Pyodide's minified source
  process.exit(1);
});

const { python: home, runner, index, notebooks } = JSON.parse(fs.readFileSync(0, "utf8"));
const { loadPyodide } = await import(pathToFileURL(path.join(home, "pyodide.mjs")));
const ARCHIVES = [path.join(home, "packages.zip"), path.join(runner, "lab.zip")];

async function start(emit) {
  const python = await loadPyodide({
    indexURL: home,
    stdLibURL: path.join(home, "stdlib.zip"),
    packageBaseUrl: home,
    lockFileContents: index,
    stdout: (text) => emit("stdout", `${text}\n`),
    stderr: (text) => emit("stderr", `${text}\n`),
  });
  for (const archive of ARCHIVES) {
    const bytes = new Uint8Array(fs.readFileSync(archive));
    python.unpackArchive(bytes, "zip", { extractDir: "/lib/python3.14/site-packages" });
  }
  python.FS.chdir("/home/pyodide");
  return python.pyimport("page_kernel").start(emit);
}

for (const [notebook, cells] of Object.entries(notebooks)) {
  const outputs = {};
  let current = [];
  const kernel = await start((kind, text) => {
    if (kind === "output") current.push(JSON.parse(text));
    else if (kind === "clear") current.length = 0;
    else if (kind !== "flush") current.push({ output_type: "stream", name: kind, text });
  });
  for (const { id, source, skip } of cells) {
    if (skip) continue;
    current = outputs[id] = [];
    await kernel.run(source, id);
  }
  console.log(JSON.stringify({ notebook, outputs }));
}
process.exit(0); // Pyodide keeps the event loop alive
