// The scenario under fake timers, shared by all libraries that replace timers.

const assert = require('node:assert/strict')

// The real timers, taken before fake ones are installed.
const realTimers = require('node:timers')
const realSetTimeout = realTimers.setTimeout
const realSetImmediate = realTimers.setImmediate
/** Blocks the thread. Clocks may be fake. */
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const sleep = (ms) => new Promise((resolve) => realSetTimeout(resolve, ms))

/** Waits in real time until a condition holds. */
async function until(holds, what) {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (holds()) return
    await sleep(10)
  }
  throw new Error(`never: ${what}`)
}

/** Returns whether a promise is settled after all ready callbacks have run. */
async function isSettled(promise) {
  const pending = {}
  await sleep(20)
  return (await Promise.race([promise, pending])) !== pending
}

const outcome = (promise) =>
  promise.then(
    () => 'fulfilled',
    (error) => error.code,
  )

/**
 * Returns the parts of the scenario as [title, body].
 *
 * @param connect the promise API
 * @param connectBlocking the blocking API
 * @param url the URL of the peer
 * @param refused a URL that refuses connections
 * @param clock installs and removes fake timers, and advances their clock
 */
exports.parts = ({ connect, connectBlocking, url, refused, clock }) => {
  const echoes = async (ws, ...texts) => {
    for (const text of texts) await ws.send(text)
    for (const text of texts) assert.equal(await ws.recv(), text)
  }

  /** Returns a function that runs the body under fake timers and removes them afterwards. */
  const faked = (body) => async () => {
    await clock.install()
    try {
      await body()
    } finally {
      await clock.uninstall()
    }
  }

  /** Checks that a call times out by the fake clock: neither early nor in real time. */
  async function follows(start, time, code) {
    const ended = outcome(start())
    await clock.tick(time - 1)
    assert.equal(await isSettled(ended), false, 'too early')
    await clock.tick(1)
    assert.equal(await ended, code)
  }

  return [
    [
      'a connection opened before works under fake timers and after them',
      async () => {
        const ws = await connect(`${url}/echo`)
        await clock.install()
        await echoes(ws, '1', '2', '3')
        await Promise.all([ws.send('4'), ws.send('5'), ws.send('6')])
        for (const text of ['4', '5', '6']) assert.equal(await ws.recv(), text)
        await clock.uninstall()
        await echoes(ws, '7', '8', '9')
        await ws.close()
        assert.equal(ws.closeCode, 1000)
      },
    ],
    [
      'a connection opened under fake timers works then and after them',
      async () => {
        await clock.install()
        const ws = await connect(`${url}/echo`)
        await echoes(ws, '1', '2', '3')
        await clock.uninstall()
        await echoes(ws, '4', '5', '6')
        await ws.close()
      },
    ],
    [
      'messages that take many turns arrive',
      faked(async () => {
        const ws = await connect(`${url}/source?count=400&size=32768&kind=binary`)
        let bytes = 0
        for await (const message of ws) bytes += message.length
        assert.equal(bytes, 400 * 32768)
      }),
    ],
    [
      'queued messages with work for each arrive, and the loop has its turns in between',
      faked(async () => {
        const ws = await connect(`${url}/source?count=100&size=1&kind=text&close=0`)
        await until(() => ws.stats().queuedMessages === 100, 'all messages are queued')
        let turns = 0
        const count = () => {
          turns += 1
          if (turns < 1e6) realSetImmediate(count)
        }
        count()
        for (let number = 0; number < 100; number += 1) {
          block(0.5)
          assert.equal(await ws.recv(), String(number))
        }
        assert.ok(turns > 2, `${turns} turns`)
        turns = 1e6
        ws.terminate()
      }),
    ],
    [
      'receiveTimeout and the timeout of recv follow the fake clock',
      faked(async () => {
        const ws = await connect(`${url}/echo`, { receiveTimeout: 20_000 })
        await follows(() => ws.recv(), 20_000, 'ERR_WS_RECEIVE_TIMEOUT')
        await follows(() => ws.recvMany({ timeout: 500 }), 500, 'ERR_WS_RECEIVE_TIMEOUT')
        await follows(() => ws[Symbol.asyncIterator]().next(), 20_000, 'ERR_WS_RECEIVE_TIMEOUT')
        await echoes(ws, 'still usable')
        ws.terminate()
      }),
    ],
    [
      'calls with several timeouts end in the order of their timeouts',
      faked(async () => {
        const ws = await connect(`${url}/echo`)
        const order = []
        const wait = (timeout) => ws.recv({ timeout }).catch(() => order.push(timeout))
        const waits = [300, 100, 200].map(wait)
        for (let time = 0; time < 300; time += 100) {
          await clock.tick(100)
          await sleep(5)
        }
        await Promise.all(waits)
        assert.deepEqual(order, [100, 200, 300])
        ws.terminate()
      }),
    ],
    [
      'sendTimeout and the timeout of ping follow the fake clock',
      faked(async () => {
        const deaf = await connect(`${url}/deaf`, { highWaterMark: 1000, sendTimeout: 7000 })
        // Sends until the kernel accepts no more.
        while (deaf.bufferedAmount < 1000) await deaf.send(Buffer.alloc(1 << 20))
        await follows(() => deaf.send('x'), 7000, 'ERR_WS_SEND_TIMEOUT')
        deaf.terminate()
        const silent = await connect(`${url}/silent`)
        await follows(() => silent.ping(undefined, { timeout: 3000 }), 3000, 'ERR_WS_PING_TIMEOUT')
        silent.terminate()
      }),
    ],
    [
      'the backoff of connect.forever follows the fake clock',
      faked(async () => {
        let calls = 0
        const shouldReconnect = () => {
          calls += 1
          return calls < 3
        }
        const options = { backoff: { initial: 60_000, max: 1e9, factor: 2 }, jitter: 0, shouldReconnect }
        const ended = outcome(connect.forever(refused, options).next())
        await until(() => calls === 1, 'shouldReconnect was called once')
        await sleep(20)
        await clock.tick(59_999)
        await sleep(50)
        assert.equal(calls, 1)
        await clock.tick(1)
        await until(() => calls === 2, 'shouldReconnect was called twice')
        await sleep(20)
        await clock.tick(120_000)
        assert.equal(await ended, 'ERR_WS_CONNECT')
      }),
    ],
    [
      'stableAfter follows the fake clock',
      faked(async () => {
        const attempts = []
        const shouldReconnect = ({ attempt }) => attempts.push(attempt) < 2
        const options = { stableAfter: 5000, backoff: { initial: 0 }, shouldReconnect }
        for await (const ws of connect.forever(`${url}/echo`, options)) {
          if (attempts.length === 0) await clock.tick(5000)
          ws.terminate()
        }
        assert.deepEqual(attempts, [0, 1])
      }),
    ],
    [
      'the keepalive, idleTimeout, closeTimeout and connectTimeout use real time',
      faked(async () => {
        const ws = await connect(`${url}/echo`, { pingInterval: 20 })
        await until(() => ws.latency !== undefined, 'a ping of the keepalive was answered')
        assert.ok(ws.latency >= 0)
        ws.terminate()
        const silent = await connect(`${url}/silent`, { closeTimeout: 50 })
        await silent.close()
        assert.equal(silent.readyState, 3)
        const dead = await connect(`${url}/silent`, { pingInterval: 20, pingTimeout: 20 })
        await until(() => dead.readyState === 3, 'the keepalive has ended a dead connection')
        const idle = await connect(`${url}/silent`, { idleTimeout: 300 })
        await clock.tick(60_000)
        assert.equal(idle.readyState, 1)
        await until(() => idle.readyState === 3, 'idleTimeout has ended the connection')
        assert.equal((await idle.closed).error.code, 'ERR_WS_IDLE_TIMEOUT')
        assert.equal(await outcome(connect(`${url}/hang`, { connectTimeout: 50 })), 'ERR_WS_CONNECT_TIMEOUT')
      }),
    ],
    [
      'ping measures real time and blocking calls use real time',
      faked(async () => {
        const ws = await connect(`${url}/echo`)
        assert.ok((await ws.ping()) > 0)
        ws.terminate()
        const blocking = connectBlocking(`${url}/echo`)
        assert.throws(() => blocking.recv({ timeout: 30 }), { code: 'ERR_WS_RECEIVE_TIMEOUT' })
        assert.ok(blocking.ping() > 0)
        blocking.close()
      }),
    ],
  ]
}

/** Runs all parts and prints the result of each. */
exports.run = async (given) => {
  for (const [title, body] of exports.parts(given)) {
    const result = await body().then(
      () => 'ok',
      (error) => `FAILED ${error.stack}`,
    )
    console.log(`${title}: ${result}`)
  }
}
