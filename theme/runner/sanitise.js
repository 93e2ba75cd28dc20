/* Makes HTML or SVG from a cell's output safe to put into the page: nothing in it runs, and nothing in it loads from
   another host. */

const DROPPED =
  "script, iframe, frame, object, embed, link, meta, base, form, portal, foreignObject script, animate[attributeName=href], set[attributeName=href]";
const ADDRESSES = ["href", "src", "xlink:href", "action", "formaction", "poster", "background", "data", "srcset"];

export function sanitise(html) {
  const template = document.createElement("template"); // its content is inert: it neither loads nor runs
  template.innerHTML = html;
  template.content.querySelectorAll(DROPPED).forEach((element) => element.remove());
  for (const element of template.content.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name.startsWith("on") || (ADDRESSES.includes(name) && !isHarmless(element, name, value))) {
        element.removeAttribute(name);
      }
    }
  }
  return template.content;
}

function isHarmless(element, name, value) {
  const address = value.trim();
  if (address.startsWith("#") || /^data:image\/(png|jpeg|gif|webp);/i.test(address)) return true;
  // A link is followed only when the reader clicks it; anything else would load at once.
  return element.localName === "a" && name === "href" && /^(https?:|\.{0,2}\/|[\w-]+\.html)/i.test(address);
}
