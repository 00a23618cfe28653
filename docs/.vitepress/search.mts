/** How the local search divides texts into words. */

/**
 * Divides a text into words; of Chinese, which has no spaces between them, into characters and pairs of characters. The
 * function is sent to the browser as text, so it uses nothing from outside.
 */
export function tokenize(text: string): string[] {
  const words = text.split(/[\s\p{P}\p{S}]+/u).filter(Boolean)
  return words.flatMap((word) => {
    const characters = [...word]
    if (!/\p{Script=Han}/u.test(word)) return [word]
    return [...characters, ...characters.slice(1).map((character, index) => characters[index] + character)]
  })
}
