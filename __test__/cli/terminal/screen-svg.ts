// Draws the screen of a terminal as SVG, for the documents.

/** Colours of a dark terminal: those of text by its SGR code. */
const COLOURS: Record<number, string> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#56d4dd',
}
const [FOREGROUND, BACKGROUND] = ['#e6edf3', '#0d1117']
/** Select Graphic Rendition: the codes of colours. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`)
/** Size of a character, and of the space around the screen, in px. */
const [WIDTH, HEIGHT, MARGIN] = [8.4, 18, 14]

/** Spaces do not break, because viewers differ in how they keep others. */
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', ' ': '\u00a0' }
const escapeText = (text: string) => text.replace(/[&<> ]/g, (character) => ESCAPES[character] ?? '')

/** How text looks from a place on. */
interface Look {
  colour: string | undefined
  isBold: boolean
  isDim: boolean
}

/** Applies one SGR code. */
function apply(look: Look, code: number): Look {
  if (code === 0) return { colour: undefined, isBold: false, isDim: false }
  if (code === 1) return { ...look, isBold: true }
  if (code === 2) return { ...look, isDim: true }
  if (code === 22) return { ...look, isBold: false, isDim: false }
  if (code === 39) return { ...look, colour: undefined }
  return { ...look, colour: COLOURS[code] ?? look.colour }
}

function span(text: string, { colour, isBold, isDim }: Look): string {
  if (text === '') return ''
  const attributes = [
    colour === undefined ? '' : ` fill="${colour}"`,
    isBold ? ' font-weight="bold"' : '',
    isDim ? ' opacity="0.65"' : '',
  ].join('')
  return attributes === '' ? escapeText(text) : `<tspan${attributes}>${escapeText(text)}</tspan>`
}

/**
 * Returns a picture of a screen.
 *
 * @param screen lines with escape sequences, of which those of colours are drawn and no others are expected
 * @param title what it shows, for readers that do not see it
 */
export function toSvg(screen: string, columns: number, title: string): string {
  let look = apply({ colour: undefined, isBold: false, isDim: false }, 0)
  const rows = screen.split('\n').map((line, row) => {
    let drawn = ''
    // Text and codes in turn.
    for (const [at, part] of line.split(SGR).entries()) {
      if (at % 2 === 0) drawn += span(part, look)
      else for (const code of part.split(';')) look = apply(look, Number(code))
    }
    return `<text x="${MARGIN}" y="${(MARGIN + (row + 0.8) * HEIGHT).toFixed(1)}">${drawn}</text>`
  })
  const [width, height] = [Math.ceil(columns * WIDTH + 2 * MARGIN), rows.length * HEIGHT + 2 * MARGIN]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">
<title>${escapeText(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${FOREGROUND}">
${rows.join('\n')}
</g>
</svg>
`
}
