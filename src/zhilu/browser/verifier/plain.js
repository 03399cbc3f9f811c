// What is said of the evidence comes out of the evidence: what a screen would obey, or what turns a line round, is shown
// as �, so that no file can write its own verdict.

/** @param {string} text */
export function plain(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu, "\ufffd");
}
