// The menu's entry of the page that is shown comes into sight: in a long menu, and on a telephone, where the menu
// is a strip. The page itself does not move.
{
  const frame = document.querySelector(".z-nav");
  const here = frame?.querySelector("[aria-current]");
  if (frame && here) {
    const [room, place] = [frame.getBoundingClientRect(), here.getBoundingClientRect()];
    if (place.left < room.left || place.right > room.right) frame.scrollLeft += place.left - room.left - room.width / 3;
    if (place.top < room.top || place.bottom > room.bottom) frame.scrollTop += place.top - room.top - room.height / 3;
  }
}
