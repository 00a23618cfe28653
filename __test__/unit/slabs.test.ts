// Reuse of slabs: a slab is filled again only if no message in it is still in use.

import { describe, expect, test } from 'vitest'
import { allocate, enter, Leases, leave } from '../support/internals.js'

/** Allocates the next slab, as native code does, and returns it. */
function renew() {
  allocate()
  const slabs = enter()
  leave(slabs)
  return slabs.at(-1) as (typeof slabs)[number]
}

/** Allocates the next slab and keeps a message in it. */
function renewAndKeep() {
  const slab = renew()
  slab.isKept = true
  return slab
}

/** Receives messages of a connection in `count` slabs. */
function fill(leases: InstanceType<typeof Leases>, count: number) {
  return Array.from({ length: count }, () => {
    const slab = renew()
    leases.add(slab)
    return slab
  })
}

/** Allocates as many slabs as can wait for reuse, so that no slab of another test remains. */
function drain(): void {
  for (let count = 0; count < 40; count += 1) renewAndKeep()
}

describe('slabs', () => {
  test('are reused after they are released', () => {
    drain()
    const leases = new Leases()
    const slab = renew()
    leases.add(slab)
    leases.seal(1)
    leases.release(1)
    // The slab is still being filled.
    expect(renew()).not.toBe(slab)
    expect(renew()).toBe(slab)
  })

  test('are not reused before they are released', () => {
    drain()
    const leases = new Leases()
    const slab = renew()
    leases.add(slab)
    leases.seal(1)
    renewAndKeep()
    leases.release(0)
    expect(renewAndKeep()).not.toBe(slab)
    leases.release(1)
    expect(renew()).toBe(slab)
  })

  test('are never reused if a message in them was kept', () => {
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

  test('of two connections are reused after both have released them', () => {
    drain()
    const [one, two] = [new Leases(), new Leases()]
    const slab = renew()
    for (const leases of [one, two, one]) {
      leases.add(slab)
      leases.seal(1)
    }
    one.release(1)
    renewAndKeep()
    expect(renewAndKeep()).not.toBe(slab)
    two.release(1)
    expect(renew()).toBe(slab)
  })

  test('of a batch are not reused before the batch is delivered, even if user code blocks meanwhile', () => {
    drain()
    const leases = new Leases()
    const [first] = fill(leases, 1)
    leases.seal(1)
    allocate()
    allocate()
    const slabs = enter()
    expect(slabs.length).toBe(3)
    expect(slabs[0]).toBe(first)
    // A blocking call during the delivery.
    leases.release(1)
    for (let count = 0; count < 5; count += 1) expect(slabs).not.toContain(renewAndKeep())
    leave(slabs)
    expect(slabs).toContain(renewAndKeep())
  })

  test('of a closed connection are not reused, and its messages stay valid', () => {
    drain()
    const leases = new Leases()
    const [slab] = fill(leases, 1)
    leases.seal(1)
    leases.abandon()
    leases.release(1)
    expect(slab).toMatchObject({ leases: 0, isKept: true })
    expect([renewAndKeep(), renewAndKeep(), renewAndKeep()]).not.toContain(slab)
  })

  test('of a batch are reused after all its messages were received', () => {
    drain()
    const leases = new Leases()
    const slabs = fill(leases, 3)
    leases.seal(10)
    renewAndKeep()
    leases.release(9)
    expect(slabs).not.toContain(renewAndKeep())
    leases.release(10)
    const again = Array.from({ length: 3 }, renewAndKeep).map((slab) => slabs.indexOf(slab))
    expect(again.sort()).toEqual([0, 1, 2])
  })

  test('of idle readers are left to the garbage collector beyond 256', () => {
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
    // Only the slabs that were not abandoned are reused.
    renewAndKeep()
    const again = Array.from({ length: 40 }, renewAndKeep).filter((slab) => slabs.includes(slab))
    expect(again.length).toBe(17)
    expect(again.every((slab) => slabs.indexOf(slab) >= 256)).toBe(true)
  })

  test('of closed connections do not accumulate', () => {
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
    renewAndKeep()
    leases.release(1)
    expect(renew()).toBe(slab)
  })

  test('wait for reuse up to the number that one batch needs', () => {
    drain()
    const leases = new Leases()
    const slabs = fill(leases, 40)
    leases.seal(1)
    renewAndKeep()
    leases.release(1)
    const again = Array.from({ length: 40 }, renewAndKeep).filter((slab) => slabs.includes(slab))
    expect(again.length).toBe(17)
  })
})
