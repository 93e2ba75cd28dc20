/* Brings the cells of a chapter to life. A page loads this once; elements that come with later pages (the site swaps
   pages without reloading) come to life by themselves. */
import { LabCell } from "./lab-cell.js";
import { LabNotebook } from "./lab-notebook.js";

if (!customElements.get("lab-notebook")) {
  customElements.define("lab-notebook", LabNotebook);
  customElements.define("lab-cell", LabCell);
}
