/* Compiles every .py below a folder to a .pyc beside it, with the very CPython that runs in the page.

   node compile.mjs FOLDER PLACE   (PLACE: where the folder's files will lie in the page's file system)

   The page then parses no Python source at start, which saves about a second. The .py files are deleted, except what
   readers look into and package: samples/, and xmltodict, the dependency that a function of the course brings along. */
import path from "node:path";
import { loadPyodide } from "pyodide";

const [folder, place] = process.argv.slice(2);
const python = await loadPyodide();
python.mountNodeFS("/folder", path.resolve(folder));
python.globals.set("place", place);
const program = `
import pathlib, py_compile

count = 0
for source in sorted(pathlib.Path("/folder").rglob("*.py")):
    name = source.relative_to("/folder")
    if name.parts[0] in ("samples", "xmltodict.py"):
        continue
    py_compile.compile(
        str(source), cfile=f"{source}c", dfile=f"{place}/{name}", doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    source.unlink()
    count += 1
count
`;
let failed = 0;
try {
  console.log(python.runPython(program));
} catch (error) {
  console.error(error.message.trim().split("\n").slice(-5).join("\n")); // not Pyodide's own stack
  failed = 1;
}
// Pyodide keeps Node's event loop alive.
process.exit(failed);
