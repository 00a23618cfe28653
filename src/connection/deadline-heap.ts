/** A binary heap of deadlines, the earliest first. */

/** A deadline and its waiter. The waiter is `undefined` once it is settled. */
export interface Entry<T> {
  readonly deadline: number
  /** Orders entries of the same deadline: the lower one passes first. */
  readonly order: number
  waiter: T | undefined
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.deadline < other.deadline || (one.deadline === other.deadline && one.order < other.order)
}

/** A priority queue of deadlines. Operations take logarithmic time. */
export class DeadlineHeap<T> {
  #heap: Entry<T>[] = []

  get length(): number {
    return this.#heap.length
  }

  /** Returns the earliest entry that has a waiter. */
  next(): Entry<T> | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.waiter === undefined) this.#pop()
    return this.#heap[0]
  }

  add(entry: Entry<T>): void {
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1, entry)
  }

  /** Removes the entries without a waiter. */
  sweep(): void {
    const kept = this.#heap.filter((entry) => entry.waiter !== undefined)
    // A sorted array is a heap.
    this.#heap = kept.sort((one, other) => (isBefore(one, other) ? -1 : 1))
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
  }

  #rise(from: number, entry: Entry<T>): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#heap[parent] as Entry<T>
      if (!isBefore(entry, above)) break
      this.#heap[at] = above
      at = parent
    }
    this.#heap[at] = entry
  }

  #sink(entry: Entry<T>): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = this.#heap[child + 1]
      if (right !== undefined && isBefore(right, this.#heap[child] as Entry<T>)) child += 1
      const below = this.#heap[child]
      if (below === undefined || !isBefore(below, entry)) break
      this.#heap[at] = below
      at = child
    }
    this.#heap[at] = entry
  }
}
