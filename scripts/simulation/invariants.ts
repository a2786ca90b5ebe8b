/** One of the rules that must always hold, with how often it was looked at in a run and how often it did not hold. */
export type Invariant = {
  readonly name: string
  readonly checks: number
  readonly violations: number
  readonly examples: readonly string[]
}

const SHOWN_EXAMPLES = 5

/** Counts checks of named invariants. */
export class InvariantLedger {
  readonly #counts = new Map<string, { checks: number; violations: number; examples: string[] }>()

  check(name: string, holds: boolean, example: () => string): void {
    const count = this.#counts.get(name) ?? { checks: 0, violations: 0, examples: [] }
    this.#counts.set(name, count)
    count.checks += 1
    if (holds) return
    count.violations += 1
    if (count.examples.length < SHOWN_EXAMPLES) count.examples.push(example())
  }

  results(): Invariant[] {
    return [...this.#counts].map(([name, count]) => ({ name, ...count }))
  }
}
