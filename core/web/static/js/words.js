/** Words for scripts come from the page, translated there: data-text-… on <body>. */

/** @param {"failed" | "copied" | "restored" | "left" | "over" | "yes" | "no" | "close" | "offline"} key */
export function word(key) {
  return document.body.getAttribute(`data-text-${key}`) ?? "";
}
