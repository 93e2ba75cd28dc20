// The site's own script: boxes that scroll sideways can be reached and scrolled with the keyboard.
// Runs again after every instant navigation, which replaces the page's content without loading a page.

const BOXES = ".lab-outputs pre, .lab-svg, .lab-html, .md-typeset__scrollwrap, .md-typeset pre > code";

function reach(box) {
  const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
  if (scrolls) box.tabIndex = 0;
  else if (box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));

// A cell's new output: the runner says so.
document.addEventListener("lab-output", ({ target }) => {
  for (const box of target.children) {
    sizes.observe(box);
    reach(box);
  }
});

document$.subscribe(() => {
  sizes.disconnect();
  for (const box of document.querySelectorAll(BOXES)) sizes.observe(box);
});
