/**
 * Returns the URL at which the scripted peer runs these steps after the handshake; see
 * crates/peer/src/scripted/script.rs.
 */
export function scriptUrl(raw, ...steps) {
  const encoded = Buffer.from(JSON.stringify([{ accept: true }, ...steps])).toString('base64url')
  return `${raw}/script/${encoded}?id=program`
}
