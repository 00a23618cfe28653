/**
 * The JSON texts of compressed cells: order books, chat and JSON-RPC, as such programs send them. Made by a generator with
 * a fixed seed, so each run sends the same texts; no text is repeated within a window of deflate.
 */

/** Bytes of all texts of a size, several times the window of deflate. */
const TOTAL = 128 * 1024
/** The fewest texts of a size. */
const FEWEST = 4
/** Characters of a text after its last item, at least. */
const TAIL = 16

/** Returns pseudo-random numbers below a bound. */
type Random = (bound: number) => number

/** mulberry32. */
function randomFrom(seed: number): Random {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

const WORDS =
  'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years where much your way down should because long each just those people too mr how little state good very make world still see own work men day get here old life both between being under three never know same last another while us might great since against right came take used himself few house american use place during without high again home around small however found part went thought'.split(
    ' ',
  )
const NAMES = ['amara', 'bjorn', 'chen', 'dalia', 'emeka', 'farid', 'greta', 'hiro', 'ines', 'jonas', 'kavya']
const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-EUR', 'ADA-EUR', 'LTC-USD']
const METHODS = ['getAccount', 'getBlock', 'subscribe', 'sendTransaction', 'estimateFee', 'listOrders']

function pick(random: Random, from: readonly string[]): string {
  return from[random(from.length)] as string
}

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => pick(random, WORDS)).join(' ')
}

function digits(random: Random, length: number): string {
  return Array.from({ length }, () => random(10)).join('')
}

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => random(16).toString(16)).join('')
}

function timeOf(number: number): string {
  return new Date(1_700_000_000_000 + number * 137).toISOString()
}

/** The start of a text, up to its array, and the items of the array. */
interface Kind {
  head(random: Random, number: number): string
  item(random: Random, index: number): string
}

const KINDS: readonly Kind[] = [
  {
    head: (random, number) =>
      `{"channel":"book","type":"update","symbol":"${pick(random, SYMBOLS)}","sequence":${81_000_000 + number * 3},"time":"${timeOf(number)}","changes":[`,
    item: (random) =>
      `["${random(2) === 0 ? 'buy' : 'sell'}","${64_000 + random(400)}.${digits(random, 2)}","${random(9)}.${digits(random, 8)}"]`,
  },
  {
    head: (random, number) =>
      `{"event":"messages","room":"${pick(random, WORDS)}-${random(40)}","cursor":"${hex(random, 16)}","at":"${timeOf(number)}","messages":[`,
    item: (random, index) =>
      `{"id":"${hex(random, 12)}","user":{"id":${1000 + random(9000)},"name":"${pick(random, NAMES)}"},"sent":"${timeOf(index * 61)}","text":"${words(random, 4 + random(20))}","reactions":${random(5)},"edited":${random(8) === 0}}`,
  },
  {
    head: (random, number) =>
      `{"jsonrpc":"2.0","id":${number},"method":"${pick(random, METHODS)}","result":[`,
    item: (random, index) =>
      `{"account":"0x${hex(random, 40)}","nonce":${random(100_000)},"balance":"${digits(random, 18)}","data":{"slot":${250_000_000 + index},"status":"${random(3) === 0 ? 'pending' : 'finalized'}","fee":${random(50_000)}}}`,
  },
]

/** Returns a text of the size: items while they fit, then words. */
function textOf(random: Random, number: number, size: number): string {
  const { head, item } = KINDS[number % KINDS.length] as Kind
  const parts = [head(random, number)]
  let length = (parts[0] as string).length
  for (let index = 0; ; index++) {
    const next = `${index === 0 ? '' : ','}${item(random, index)}`
    if (length + next.length + TAIL > size) break
    parts.push(next)
    length += next.length
  }
  const [start, end] = ['],"note":"', '"}']
  const room = size - length - start.length - end.length
  return `${parts.join('')}${start}${words(random, room).slice(0, room)}${end}`
}

/** Returns the texts of a size in characters, which are all ASCII. */
export function documentsOf(size: number): string[] {
  const random = randomFrom(size)
  const count = Math.max(FEWEST, Math.ceil(TOTAL / size))
  return Array.from({ length: count }, (_, number) => textOf(random, number, size))
}
