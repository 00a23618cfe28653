// `ping` and `bench`.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { parseLines, Running, run } from './command.js'

describe('ping', () => {
  test('prints each round trip and a summary', async () => {
    const { code, stdout, stderr } = await run(['ping', peer.ws, '-n', '3', '-i', '10ms'])
    const time = String.raw`[\d.]+ ms`
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      new RegExp(`^PING ${peer.ws}/ \\(127.0.0.1:\\d+\\), 8 bytes, connected in ${time}\n`),
    )
    expect(stdout.match(new RegExp(`^pong from 127.0.0.1:\\d+: seq=[123] time=${time}$`, 'gm'))).toHaveLength(
      3,
    )
    expect(stdout).toMatch(
      new RegExp(`3 pings, 3 pongs, 0% lost\nmin / avg / max / deviation: ${time}( / ${time}){3}\n$`),
    )
  })

  test('--json prints objects', async () => {
    const { stdout } = await run(['ping', peer.ws, '-n', '2', '-i', '0', '--size', '125', '--json'])
    const [first, second, summary] = parseLines(stdout)
    expect([first, second]).toEqual([
      { seq: 1, time: expect.any(Number) },
      { seq: 2, time: expect.any(Number) },
    ])
    const [one, two] = [first?.time as number, second?.time as number]
    expect(summary).toMatchObject({
      sent: 2,
      received: 2,
      loss: 0,
      min: Math.min(one, two),
      max: Math.max(one, two),
    })
    expect(summary?.avg).toBeCloseTo((one + two) / 2, 9)
    expect(summary?.deviation).toBeCloseTo(Math.abs(one - two) / 2, 9)
  })

  test('counts pings without a pong as lost, and exits with 8 if all are', async () => {
    const { code, stdout } = await run(['ping', `${peer.ws}/silent`, '-n', '2', '-t', '50ms', '-i', '0'])
    expect(code).toBe(8)
    expect(stdout).toContain('no pong: seq=2\n')
    expect(stdout).toContain('2 pings, 0 pongs, 100% lost\n')
  })

  test.skipIf(process.platform === 'win32')('prints the summary on SIGINT and exits with 0', async () => {
    const running = new Running(['ping', peer.ws, '-i', '10ms'])
    await running.printed(/seq=2/)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/\d+ pings, \d+ pongs, 0% lost/)
  })

  test.skipIf(process.platform === 'win32')('waits for as long as no timer of Node can', async () => {
    const running = new Running(['ping', peer.ws, '-i', '9999999h', '-t', '9999999h'])
    await running.printed(/seq=1 /)
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('1 ping, 1 pong, 0% lost\n')
  })

  test('prints the summary and the error if the server closes', async () => {
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { hex: '880203e9' },
      { readToEnd: true },
    ])
    const { code, stdout, stderr } = await run(['ping', script.url, '-t', '5s'])
    expect(stderr).toMatch(/the server closed with 1001/)
    expect(stdout).toContain('0 pings, 0 pongs')
    expect(code).toBe(6)
  })

  test('exits like the client if no connection opens', async () => {
    expect(await run(['ping', `${peer.ws}/status/404`])).toMatchObject({ code: 5, stdout: '' })
  })
})

interface Results {
  sent: number
  received: number
  strays: number
  duration: number
  messagesPerSecond: number
  connect: { buckets: { count: number }[] }
  latency: { min: number; max: number; percentiles: Record<string, number>; buckets: { count: number }[] }
}

async function bench(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await run(['bench', peer.ws, '--json', ...args])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Results
}

const total = (buckets: { count: number }[]) => buckets.reduce((sum, { count }) => sum + count, 0)

describe('bench', () => {
  test('sends the given number of messages over the given connections and measures each', async () => {
    const results = await bench('-c', '3', '--window', '7', '-n', '1000', '--size', '1k', '--binary')
    expect(results).toMatchObject({
      connections: 3,
      window: 7,
      size: 1024,
      kind: 'binary',
      sent: 1000,
      received: 1000,
    })
    expect(results.strays).toBe(0)
    expect(total(results.connect.buckets)).toBe(3)
    expect(total(results.latency.buckets)).toBe(1000)
    const { min, max, percentiles } = results.latency
    expect(min).toBeGreaterThan(0)
    expect(percentiles['50']).toBeGreaterThanOrEqual(min)
    expect(percentiles['99.99']).toBeLessThanOrEqual(max)
    expect(results.messagesPerSecond).toBeCloseTo((1000 / results.duration) * 1000, 6)
  })

  test('sends empty messages, and more connections than are opened at once', async () => {
    expect(await bench('-c', '70', '-n', '140', '--size', '0')).toMatchObject({ sent: 140, received: 140 })
  })

  test('sends for a duration and waits for what is in flight', async () => {
    const { duration, sent, received } = await bench('-d', '300ms', '--window', '16')
    expect(duration).toBeGreaterThanOrEqual(299)
    expect(received).toBe(sent)
  })

  test('keeps to a rate', async () => {
    const { sent, rate } = (await bench('-d', '1s', '--rate', '100', '--window', '1000')) as Results & {
      rate: number
    }
    expect(rate).toBe(100)
    // The message at the end of the second may be the 101st.
    expect(sent).toBeLessThanOrEqual(101)
    expect(sent).toBeGreaterThan(50)
  })

  test('measures from when a message was due, if the server is slower than the rate', async () => {
    // Each echo takes 50 ms and the window is 1, so the 10th message waits for nine others.
    const { code, stdout } = await run([
      ...['bench', `${peer.ws}/slow?delay=50`, '--json', '--rate', '1000', '-n', '10', '-d', '30s'],
    ])
    const { latency } = JSON.parse(stdout) as Results
    expect(code).toBe(0)
    expect(latency.max).toBeGreaterThan(400)
  })

  test('prints rates, percentiles and a histogram', async () => {
    const { code, stdout } = await run(['bench', peer.ws, '-n', '500'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/500 of 500 messages echoed in [\d.]+ m?s\n[\d ]+ messages\/s, /)
    expect(stdout).toMatch(/p50 [\d.]+ ms, p90 .*, p99 .*, p99\.9 .*, p99\.99 /)
    expect(stdout).toMatch(/ < +[\d.]+ ms +█+ +\d+\n/)
    expect(stdout).not.toContain('\u001b')
  })

  test('reports a connection that ends, with what was measured before', async () => {
    const { code, stdout, stderr } = await run(['bench', `${peer.ws}/close?after=5&code=1011`, '-n', '100'])
    expect(code).toBe(6)
    expect(stdout).toContain('5 of ')
    expect(stderr).toContain('ERR_WS_CLOSED')
  })

  test('says that a server does not echo', async () => {
    const { code, stderr } = await run(['bench', `${peer.ws}/sink`, '-d', '100ms'])
    expect(code).toBe(8)
    expect(stderr).toContain('no echo came within 5 s. The server has to send every message back')
  })

  test.skipIf(process.platform === 'win32')('SIGINT ends it with the results so far', async () => {
    const running = new Running(['bench', peer.ws, '-d', 'forever', '--json'])
    // Long enough to have connected; if not, there are no latencies.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ received: expect.any(Number) })
  })
})
