/* Runs notebooks as a page does, without a browser: the bundle's own Pyodide, packages and page_kernel, under Node.

   stdin   {"folder": the built runner, "index": its package index,
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

const { folder, index, notebooks } = JSON.parse(fs.readFileSync(0, "utf8"));
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const archive = (part) => fs.readdirSync(folder).find((name) => name.startsWith(`${part}-`));

async function start(emit) {
  const python = await loadPyodide({
    indexURL: folder,
    stdLibURL: path.join(folder, archive("stdlib")),
    packageBaseUrl: folder,
    lockFileContents: index,
    stdout: (text) => emit("stdout", `${text}\n`),
    stderr: (text) => emit("stderr", `${text}\n`),
  });
  for (const part of ["packages", "lab"]) {
    const bytes = new Uint8Array(fs.readFileSync(path.join(folder, archive(part))));
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
