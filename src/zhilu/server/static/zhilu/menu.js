// The menu's entry of the page that is shown comes into sight: in a long menu, and on a telephone, where the menu
// is a strip. The page itself does not move.
{
  const frame = document.querySelector(".z-nav");
  const here = frame?.querySelector("[aria-current]");
  if (frame && here) {
    const [room, place] = [frame.getBoundingClientRect(), here.getBoundingClientRect()];
    frame.scrollLeft += place.left + place.width / 2 - room.left - room.width / 2;
    frame.scrollTop += place.top + place.height / 2 - room.top - room.height / 2;
  }
}
