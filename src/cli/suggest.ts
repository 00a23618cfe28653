/** The name that was meant by a misspelled one. */

import { suggestion } from '../options/suggestions.js'

/** Returns the letters of a name in one order, to find letters that changed places. */
const sorted = (name: string) => [...name].sort().join('')

/** Returns the end of an error message, such as `; did you mean --count?`, or `''`. @param prefix what the name begins with */
export function suggest(name: string, known: readonly string[], prefix = ''): string {
  const swapped = known.find((each) => sorted(each) === sorted(name))
  return swapped === undefined ? suggestion(name, known, prefix) : `; did you mean ${prefix}${swapped}?`
}
