/** Which memory is filled again: only what nobody looks at any more. */

import { describe, expect, test } from 'vitest'
import { allocate, enter, Leases, leave } from '../support/internals.js'

/** Native code takes another slab, which a batch speaks of at its end. */
function renew() {
  allocate()
  const slabs = enter()
  leave(slabs)
  return slabs.at(-1) as (typeof slabs)[number]
}

/** The same, and a message there is kept. */
function renewForGood() {
  const slab = renew()
  slab.isKept = true
  return slab
}

/** Messages of a connection come in so many slabs. */
function fill(leases: InstanceType<typeof Leases>, count: number) {
  return Array.from({ length: count }, () => {
    const slab = renew()
    leases.add(slab)
    return slab
  })
}

/** Fills as many slabs as may wait to be used again, so that none is left over from another test. */
function drain(): void {
  for (let count = 0; count < 40; count += 1) renewForGood()
}

describe('slabs', () => {
  test('one that is given back is the next', () => {
    drain()
    const leases = new Leases()
    const slab = renew()
    leases.add(slab)
    leases.seal(1)
    leases.release(1)
    // It is still being filled.
    expect(renew()).not.toBe(slab)
    expect(renew()).toBe(slab)
  })

  test('one that is over before it is given back waits for that', () => {
    drain()
    const leases = new Leases()
    const slab = renew()
    leases.add(slab)
    leases.seal(1)
    renewForGood()
    leases.release(0)
    expect(renewForGood()).not.toBe(slab)
    leases.release(1)
    expect(renew()).toBe(slab)
  })

  test('one that messages were kept of is never used again', () => {
    drain()
    const leases = new Leases()
    const slab = renew()
    leases.add(slab)
    slab.isKept = true
    leases.seal(1)
    leases.release(1)
    const others = Array.from({ length: 5 }, renew)
    expect(others).not.toContain(slab)
  })

  test('one that two connections lie in waits for both', () => {
    drain()
    const [one, two] = [new Leases(), new Leases()]
    const slab = renew()
    for (const leases of [one, two, one]) {
      leases.add(slab)
      leases.seal(1)
    }
    one.release(1)
    renewForGood()
    expect(renewForGood()).not.toBe(slab)
    two.release(1)
    expect(renew()).toBe(slab)
  })

  test('those of a batch are not used again before it is handed over, whatever runs meanwhile', () => {
    drain()
    const leases = new Leases()
    const [first] = fill(leases, 1)
    leases.seal(1)
    allocate()
    allocate()
    const slabs = enter()
    expect(slabs.length).toBe(3)
    expect(slabs[0]).toBe(first)
    // A blocked call, in the middle of it.
    leases.release(1)
    for (let count = 0; count < 5; count += 1) expect(slabs).not.toContain(renewForGood())
    leave(slabs)
    expect(slabs).toContain(renewForGood())
  })

  test('a connection that is over gives nothing back, and its messages stay', () => {
    drain()
    const leases = new Leases()
    const [slab] = fill(leases, 1)
    leases.seal(1)
    leases.abandon()
    leases.release(1)
    expect(slab).toMatchObject({ leases: 0, isKept: true })
    expect([renewForGood(), renewForGood(), renewForGood()]).not.toContain(slab)
  })

  test('those of a batch wait until all of it is taken', () => {
    drain()
    const leases = new Leases()
    const slabs = fill(leases, 3)
    leases.seal(10)
    renewForGood()
    leases.release(9)
    expect(slabs).not.toContain(renewForGood())
    leases.release(10)
    const again = Array.from({ length: 3 }, renewForGood).map((slab) => slabs.indexOf(slab))
    expect(again.sort()).toEqual([0, 1, 2])
  })

  test('what readers that never come back hold is left to the collector from 256 on', () => {
    drain()
    const idle = Array.from({ length: 300 }, () => new Leases())
    const slabs = idle.flatMap((leases) => {
      const [slab] = fill(leases, 1)
      leases.seal(1)
      return slab === undefined ? [] : [slab]
    })
    expect(slabs.filter(({ leases }) => leases > 0).length).toBeLessThanOrEqual(256)
    expect(slabs[0]).toMatchObject({ leases: 0, isKept: true })
    for (const leases of idle) leases.release(1)
    expect(slabs.map(({ leases }) => leases)).toEqual(slabs.map(() => 0))
    // Those that were not left are used again, and no other.
    renewForGood()
    const again = Array.from({ length: 40 }, renewForGood).filter((slab) => slabs.includes(slab))
    expect(again.length).toBe(17)
    expect(again.every((slab) => slabs.indexOf(slab) >= 256)).toBe(true)
  })

  test('connections that came and went are not remembered', () => {
    drain()
    for (let count = 0; count < 5000; count += 1) {
      const leases = new Leases()
      const [slab] = fill(leases, 1)
      leases.seal(1)
      leases.release(1)
      expect(slab?.leases).toBe(0)
    }
    const leases = new Leases()
    const [slab] = fill(leases, 1)
    leases.seal(1)
    renewForGood()
    leases.release(1)
    expect(renew()).toBe(slab)
  })

  test('no more wait than one batch takes', () => {
    drain()
    const leases = new Leases()
    const slabs = fill(leases, 40)
    leases.seal(1)
    renewForGood()
    leases.release(1)
    const again = Array.from({ length: 40 }, renewForGood).filter((slab) => slabs.includes(slab))
    expect(again.length).toBe(17)
  })
})
